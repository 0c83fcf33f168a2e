//! What commands print: one line, or JSON for scripts.

use std::io::Write as _;

use super::Trouble;

/// Prints a text and a line end. A reader that went away (`| head`) is no error.
pub(super) fn line(text: impl AsRef<str>) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.as_ref().trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Trouble::new(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints JSON.
pub(super) fn json(value: &serde_json::Value) -> Result<(), Trouble> {
    line(format!("{value:#}"))
}

/// Reads one line from standard input, for secrets that must not stand in a process list.
pub(super) fn secret_from_stdin(what: &str) -> Result<String, Trouble> {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).map_err(|error| Trouble::new(format!("standard input: {error}")))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        Err(Trouble::new(format!("standard input is empty; write the {what} to it")))
    } else {
        Ok(secret.to_owned())
    }
}

/// Writes rows under headings, each column as wide as its widest cell.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> Result<(), Trouble> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.len())).max().unwrap_or(0)
    };
    let write = |cells: Vec<&str>| {
        let padded: Vec<String> =
            cells.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column))).collect();
        padded.join("  ").trim_end().to_owned()
    };
    line(write(headings.to_vec()))?;
    rows.iter().try_for_each(|row| line(write(row.iter().map(String::as_str).collect())))
}
