//! Laws: what must hold for every input, tried with inputs that nobody chose.

mod callbacks;
mod families;
mod parsers;

use proptest::test_runner::Config;

/// A failing case is printed, shrunk; nothing is written beside the sources.
pub fn cases(number: u32) -> Config {
    Config { cases: number, failure_persistence: None, ..Config::default() }
}
