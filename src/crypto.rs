//! Secrets, digests, signatures and sealing, on aws-lc. Nobody else draws random numbers or compares secrets.

pub mod digest;
pub mod jwk;
pub mod jws;
pub mod keyring;
pub mod password;
pub mod random;
pub mod seal;
