//! What somebody meant who mistyped the name of a setting.

use super::Settings;

/// The known key that is most like this one, if any is like it at all.
pub(super) fn nearest(key: &str) -> Option<String> {
    let known = Settings::keys().into_iter();
    let (distance, candidate) = known.map(|candidate| (distance(key, &candidate), candidate)).min()?;
    (distance <= 1 + key.len() / 3).then_some(candidate)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut above_left = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (b, above) in right.chars().zip(row.iter().skip(1)) {
            let cost = usize::from(a != b);
            before = (above_left + cost).min(before + 1).min(above + 1);
            above_left = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
