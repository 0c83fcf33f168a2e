//! The one source of random bytes, and what is made of them.

use aws_lc_rs::rand;

use crate::domain::error::Fault;
use crate::domain::id::FromMoment;
use crate::domain::instant::Instant;
use crate::domain::secret::{Kind, OpaqueToken, Secret};

/// `N` random bytes.
///
/// # Errors
/// A fault when the system's random source fails.
pub fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the one source of randomness")]
    rand::fill(&mut bytes).map_err(|_| Fault::internal("the system's random source failed"))?;
    Ok(bytes)
}

/// A secret of 256 bits.
///
/// # Errors
/// As [`bytes`].
pub fn secret() -> Result<Secret, Fault> {
    Ok(Secret::new(bytes()?))
}

/// A time-ordered id.
///
/// # Errors
/// As [`bytes`].
pub fn id<T: FromMoment>(now: Instant) -> Result<T, Fault> {
    Ok(T::from_moment(now, bytes()?))
}

/// An opaque token for the row `id`.
///
/// # Errors
/// As [`bytes`].
pub fn token(kind: Kind, id: &str) -> Result<OpaqueToken, Fault> {
    Ok(OpaqueToken::new(kind, id.to_owned(), secret()?))
}
