//! The demo stays on this machine, says which port is taken, and ends when it is told to.

use std::net::TcpListener;

use super::playing::{Demo, command};

#[test]
fn it_refuses_any_other_machine() {
    let data = tempfile::tempdir().unwrap();
    let refused = command(data.path(), 0).args(["--host", "0.0.0.0"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("loopback"), "{said}");
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let data = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let refused = command(data.path(), port).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains(&port.to_string()) && said.contains("--port"), "{said}");
}

#[test]
fn it_ends_when_told_and_starts_again_on_the_same_data_with_fresh_passwords() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Demo::start(data.path());
    let password = first.password("reader@example.com");
    assert!(first.end().success());
    let second = Demo::start(data.path());
    assert_ne!(second.password("reader@example.com"), password);
    assert!(second.api.starts_with("http://localhost:") && second.cardea != second.app);
}
