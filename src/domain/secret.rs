//! Secrets that are shown once, and the digests that we keep. Two types, and `Debug` prints neither.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroize as _;

/// 256 random bits, known to their holder alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Wraps bytes from the system's random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes, for digests and keys.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// SHA-256 of a secret: what the database holds in its place.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Wraps a SHA-256 value.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as it is stored. Compare with `crypto::digest::same`, never with `==`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(redacted)")
    }
}

/// What an opaque token is for; written into it, so that a leak can be recognised and a token cannot stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
    /// A browser session.
    Session,
    /// A client secret.
    Client,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Refresh => "refresh",
            Self::Session => "session",
            Self::Client => "client",
        }
    }
}

/// `cardea_<kind>_<id>_<secret>`: the row's key, and the secret of which the row keeps the digest.
#[derive(Clone)]
pub struct OpaqueToken {
    kind: Kind,
    id: String,
    secret: Secret,
}

impl OpaqueToken {
    /// A token for the row `id`, an id of 32 hexadecimal digits.
    #[must_use]
    pub const fn new(kind: Kind, id: String, secret: Secret) -> Self {
        Self { kind, id, secret }
    }

    /// Reads a presented token of the expected kind; anything else is `None`.
    #[must_use]
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let rest = text.strip_prefix("cardea_")?.strip_prefix(kind.as_str())?.strip_prefix('_')?;
        let (id, secret) = rest.split_once('_')?;
        let id_fits = id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !id_fits || secret.len() != 43 {
            return None;
        }
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { kind, id: id.to_owned(), secret: Secret::new(bytes) })
    }

    /// The id part: the row's key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret part, to be digested.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The token as its holder sees it. The one way out.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("cardea_{}_{}_{}", self.kind.as_str(), self.id, URL_SAFE_NO_PAD.encode(self.secret.expose()))
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueToken({:?} {}, redacted)", self.kind, self.id)
    }
}
