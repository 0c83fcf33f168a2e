//! The processes under load: started as children so that memory and CPU time are the server's alone, ended with the bench.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::Trouble;
use super::client::Connection;
use super::drive::Server;

/// Linux counts CPU time for user space in hundredths of a second on every architecture.
const TICK: Duration = Duration::from_millis(10);
/// How long a server may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server process.
pub struct Process {
    child: Child,
    /// Who is asked.
    pub server: Server,
    /// From the start of the process to its first answer.
    pub first_answer: Duration,
}

impl Process {
    /// Starts a server and waits until it answers `GET path` with 200.
    pub fn start(mut command: Command, port: u16, path: &str) -> Result<Self, Trouble> {
        let began = Instant::now();
        let child = command.spawn().map_err(|error| Trouble::of("starting a server", error))?;
        let server = Server { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), pid: child.id() };
        let mut process = Self { child, server, first_answer: Duration::ZERO };
        let request = super::loads::get(path, "");
        super::runtime()?.block_on(async {
            while !process.answers(&request).await {
                if began.elapsed() > PATIENCE || matches!(process.child.try_wait(), Ok(Some(_)) | Err(_)) {
                    return Err(Trouble::new(format!("the server on port {port} does not answer")));
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        })?;
        process.first_answer = began.elapsed();
        Ok(process)
    }

    async fn answers(&self, request: &[u8]) -> bool {
        let Ok(mut connection) = Connection::to(self.server.address).await else { return false };
        connection.ask(request).await.is_ok_and(|answer| answer.status == 200)
    }

    /// A line of `/proc/PID/status` that counts kB, such as `VmRSS`; in MB.
    pub fn memory(&self, line: &str) -> Result<f64, Trouble> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.pid))
            .map_err(|error| Trouble::of("the memory of the server", error))?;
        let kilobytes = status.lines().find_map(|held| held.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes = kilobytes.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.map(|held| held * 1024.0 / 1e6).ok_or_else(|| Trouble::new(format!("/proc does not say {line}")))
    }

    /// Ends it the way an operator does, with SIGTERM, and waits.
    pub fn stop(mut self) -> Result<(), Trouble> {
        let told = Command::new("kill").arg(self.server.pid.to_string()).status();
        if !told.map_err(|error| Trouble::of("kill", error))?.success() {
            return Err(Trouble::new("the server could not be stopped"));
        }
        let status = self.child.wait().map_err(|error| Trouble::of("stopping the server", error))?;
        if status.success() { Ok(()) } else { Err(Trouble::new(format!("the server ended with {status}"))) }
    }
}

impl Drop for Process {
    /// Whatever happened, nothing is left running. A process that was stopped is gone already.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The CPU time that a process has used so far.
pub fn cpu_time(pid: u32) -> Result<Duration, Trouble> {
    let stat =
        fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|error| Trouble::of("the server's CPU time", error))?;
    // The second field is a name in parentheses that may hold spaces; utime and stime are the 14th and 15th.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16, Trouble> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| Trouble::of("looking for a port", error))?;
    Ok(listener.local_addr().map_err(|error| Trouble::of("looking for a port", error))?.port())
}
