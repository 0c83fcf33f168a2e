//! The binary: parse arguments, run one command, print one error.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "the one error goes to the operator")]
fn main() -> ExitCode {
    match cardea::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cardea: {error}");
            ExitCode::FAILURE
        }
    }
}
