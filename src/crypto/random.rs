//! The house's one source of randomness: the generator of aws-lc, seeded by the operating system.

use crate::domain::error::Fault;
use crate::domain::id::FromMoment;
use crate::domain::instant::Instant;
use crate::domain::secret::{Kind, OpaqueToken, Secret};

/// `N` random bytes.
///
/// # Errors
/// A fault when the operating system has no randomness to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the one source of randomness")]
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Fault::unavailable("there is no randomness to be had"))?;
    Ok(bytes)
}

/// A secret of 256 bits.
///
/// # Errors
/// As [`bytes`].
pub fn secret() -> Result<Secret, Fault> {
    bytes().map(Secret::new)
}

/// The id of something that begins `now`.
///
/// # Errors
/// As [`bytes`].
pub fn id<T: FromMoment>(now: Instant) -> Result<T, Fault> {
    bytes().map(|random| T::from_moment(now, random))
}

/// A new opaque token for the row `id` (32 hexadecimal digits).
///
/// # Errors
/// As [`bytes`].
pub fn token(kind: Kind, id: &str) -> Result<OpaqueToken, Fault> {
    secret().map(|secret| OpaqueToken::new(kind, id.to_owned(), secret))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::DateTime;

    use super::{bytes, id, token};
    use crate::domain::id::CodeId;
    use crate::domain::secret::{Kind, OpaqueToken};

    #[test]
    fn nothing_comes_twice() {
        let drawn: HashSet<[u8; 16]> = (0..1000).map(|_| bytes().expect("random")).collect();
        assert_eq!(drawn.len(), 1000);
    }

    #[test]
    fn ids_of_one_moment_differ_and_later_ones_sort_later() {
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).expect("a moment");
        let first: CodeId = id(moment(1_800_000_000)).expect("random");
        let second: CodeId = id(moment(1_800_000_000)).expect("random");
        let later: CodeId = id(moment(1_800_000_001)).expect("random");
        assert_ne!(first, second);
        assert!(first < later && second < later);
        assert!(CodeId::parse(first.as_str()).is_ok());
    }

    #[test]
    fn a_token_reads_back_as_its_own_kind_only() {
        let row: CodeId = id(DateTime::UNIX_EPOCH).expect("random");
        let text = token(Kind::Code, row.as_str()).expect("random").expose();
        let read = OpaqueToken::parse(Kind::Code, &text).expect("reads back");
        assert_eq!(read.id(), row.as_str());
        assert_eq!(read.expose(), text);
        assert!(OpaqueToken::parse(Kind::Refresh, &text).is_none());
    }
}
