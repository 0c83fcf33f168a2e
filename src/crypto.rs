//! Randomness, digests, sealing, passwords, keys and signatures: every secret is made, kept and compared here.
//!
//! It speaks the words of `domain` and knows no database, no request and no settings file; the time arrives with the call.

pub mod digest;
pub mod jwk;
pub mod jws;
pub mod key_pair;
pub mod keyring;
pub mod password;
pub mod random;
pub mod seal;
