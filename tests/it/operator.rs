//! The command line as an operator uses it: the real binary beside a running server.

mod a_first_start_makes_what_it_needs;
mod clients_are_registered;
mod clients_change_and_go;
mod every_command_prints_text_too;
mod keys_rotate;
mod people_are_looked_after;
mod registrations_that_make_no_sense_are_refused;
mod tables_are_brought_up_to_date;
mod the_master_key_rotates;

use serde_json::Value;

use crate::house::House;
use crate::house::server::run_cardea;

/// What a command prints without `--json`.
pub fn printed(house: &House, arguments: &[&str], input: Option<&str>) -> String {
    run_cardea(&house.environment, arguments, input).unwrap_or_else(|error| panic!("cardea {arguments:?}: {error}"))
}

/// Why a command is refused: one sentence, and nothing of a backtrace.
#[track_caller]
pub fn refused(house: &House, arguments: &[&str], input: Option<&str>) -> String {
    let error = house.try_cardea(arguments, input).expect_err("must be refused");
    assert!(error.starts_with("cardea: ") || error.starts_with("error: "), "{error}");
    assert!(!error.contains("panicked") && !error.contains("Some(") && !error.contains("Fault"), "{error}");
    error
}

/// A member's text.
#[track_caller]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}
