//! Encryption at rest: private keys, TOTP seeds and the like, sealed under master keys that are not in the database.
//!
//! The key file itself (made, read, rotated) is `seal/key_file.rs`.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use self::key_file::{KeyFile, RawKey, Stamp};
use super::random;
use crate::domain::error::Fault;

mod key_file;

const VERSION: u8 = 1;
const LABEL: &[u8] = b"cardea seal 1";

/// The master keys: the first seals, all of them open. Cheap to clone; all clones see a rotation.
///
/// A sealed value is `version (1) | length of key id (1) | key id | nonce (12) | AES-256-GCM ciphertext and tag (16)`.
/// The AES key is derived from the master key for each purpose (HKDF-SHA-256), and purpose and envelope are
/// authenticated, so that a value opens only for what it was sealed for.
///
/// Nonces are random: under one master key, one purpose may be sealed 2^32 times (NIST SP 800-38D 8.3). Whatever is
/// sealed often carries the row's id in its purpose (`signing_key:<kid>`) and stays far below.
#[derive(Clone)]
pub struct MasterKeys(Arc<Inner>);

struct Inner {
    /// `None`: the keys came from the environment.
    file: Option<KeyFile>,
    ring: ArcSwap<Ring>,
}

struct Ring {
    current: MasterKey,
    older: Vec<MasterKey>,
    stamp: Option<Stamp>,
}

struct MasterKey {
    id: String,
    key: hkdf::Prk,
}

impl MasterKeys {
    /// Takes the keys from the environment (`<key-id>:<base64 of 32 bytes>`, separated by commas, current first), or
    /// else from `file`, which is made with one new key if it is missing: mode 0600, in a folder of mode 0700.
    /// Processes that start at once agree on one key.
    ///
    /// # Errors
    /// A fault when the keys cannot be read or made, or when others than the owner may read the file.
    pub fn load(file: &Path, from_environment: Option<&str>) -> Result<Self, Fault> {
        let (file, ring) = if let Some(text) = from_environment {
            (None, Ring::new(key_file::parse_environment(text)?, None)?)
        } else {
            let file = KeyFile::open(file)?;
            let (keys, stamp) = file.read()?;
            (Some(file), Ring::new(keys, Some(stamp))?)
        };
        Ok(Self(Arc::new(Inner { file, ring: ArcSwap::from_pointee(ring) })))
    }

    /// Seals `plain` for a purpose, such as `signing_key:<kid>`. It opens again for the very same purpose only.
    ///
    /// # Errors
    /// A fault when randomness or the cipher fails.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        self.follow_the_file();
        let ring = self.0.ring.load();
        let key = &ring.current;
        let head = head(&key.id)?;
        let nonce: [u8; NONCE_LEN] = random::bytes()?;
        let offset = head.len() + nonce.len();
        let mut sealed = Vec::with_capacity(offset + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&head);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, body) = sealed.split_at_mut(offset);
        let tag = key
            .cipher(purpose)?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), associated(&head, purpose), body)
            .map_err(|_| Fault::internal("sealing failed"))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for `purpose`.
    ///
    /// # Errors
    /// A fault when the master key is unknown, also after another look at the file; when the value was changed; when it
    /// was sealed for another purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let envelope = Envelope::parse(sealed)?;
        if let Some(key) = self.0.ring.load().find(envelope.key_id) {
            return envelope.open(key, purpose);
        }
        // Another process may have rotated the keys since.
        self.read_again()?;
        match self.0.ring.load().find(envelope.key_id) {
            Some(key) => envelope.open(key, purpose),
            None => Err(Fault::internal(format!(
                "a value is sealed under the master key \"{}\", which is not here; bring it back",
                envelope.key_id
            ))),
        }
    }

    /// Whether a value is sealed under the current key; what is not has to be sealed again before a rotation ends.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        self.follow_the_file();
        Envelope::parse(sealed).is_ok_and(|envelope| envelope.key_id == self.0.ring.load().current.id)
    }

    /// Puts a new key in front. From now on it seals; the older ones still open.
    ///
    /// # Errors
    /// A fault when the file cannot be replaced, or when the environment holds no second key.
    pub fn begin_rotation(&self) -> Result<(), Fault> {
        // Only the operator can change the environment; where a new key was put in front, there is nothing left to begin.
        if self.0.file.is_none() && !self.0.ring.load().older.is_empty() {
            return Ok(());
        }
        self.file_to_rotate()?.rewrite(|mut keys| {
            keys.insert(0, RawKey::generate()?);
            Ok(keys)
        })?;
        self.read_again()
    }

    /// Drops all keys but the current one. What is still sealed under an older one is lost: call it when
    /// [`MasterKeys::is_current`] holds for every stored value, and not in the same minute as the beginning, because a
    /// transaction that sealed just before it may not have been committed yet.
    ///
    /// # Errors
    /// As [`MasterKeys::begin_rotation`].
    pub fn end_rotation(&self) -> Result<(), Fault> {
        if self.0.file.is_none() {
            return Ok(());
        }
        self.file_to_rotate()?.rewrite(|mut keys| {
            keys.truncate(1);
            Ok(keys)
        })?;
        self.read_again()
    }

    fn file_to_rotate(&self) -> Result<&KeyFile, Fault> {
        self.0.file.as_ref().ok_or_else(|| {
            Fault::internal(
                "the master key comes from the environment: put a new one in front of it \
                 (CARDEA_SECRETS__MASTER_KEY=NEW_ID:BASE64,OLD_ID:BASE64), restart every node, run this again, then take \
                 the old one away and restart once more",
            )
        })
    }

    /// Sealing under a key that another process has already put away would lose the value. A file that cannot be looked
    /// at any more (privileges were dropped after the start) leaves the keys as they are.
    fn follow_the_file(&self) {
        let Some(file) = &self.0.file else { return };
        let stamp = self.0.ring.load().stamp;
        if file.stamp().is_some_and(|now| Some(now) != stamp)
            && let Ok((keys, stamp)) = file.read()
            && let Ok(ring) = Ring::new(keys, Some(stamp))
        {
            self.0.ring.store(Arc::new(ring));
        }
    }

    fn read_again(&self) -> Result<(), Fault> {
        if let Some(file) = &self.0.file {
            let (keys, stamp) = file.read()?;
            self.0.ring.store(Arc::new(Ring::new(keys, Some(stamp))?));
        }
        Ok(())
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys(redacted)")
    }
}

impl Ring {
    fn new(keys: Vec<RawKey>, stamp: Option<Stamp>) -> Result<Self, Fault> {
        let mut keys = keys.into_iter().map(MasterKey::new);
        let current = keys.next().ok_or_else(|| Fault::internal("there is no master key"))?;
        Ok(Self { current, older: keys.collect(), stamp })
    }

    fn find(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current).chain(&self.older).find(|key| key.id == id)
    }
}

impl MasterKey {
    fn new(raw: RawKey) -> Self {
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, LABEL).extract(raw.bytes.as_slice());
        Self { id: raw.id, key }
    }

    fn cipher(&self, purpose: &str) -> Result<LessSafeKey, Fault> {
        let info = [purpose.as_bytes()];
        let derived = self.key.expand(&info, &AES_256_GCM).map_err(|_| Fault::internal("a purpose is too long"))?;
        Ok(LessSafeKey::new(UnboundKey::from(derived)))
    }
}

struct Envelope<'a> {
    head: &'a [u8],
    key_id: &'a str,
    nonce: [u8; NONCE_LEN],
    body: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn parse(sealed: &'a [u8]) -> Result<Self, Fault> {
        Self::read(sealed).ok_or_else(|| Fault::internal("a sealed value is malformed"))
    }

    fn read(sealed: &'a [u8]) -> Option<Self> {
        let (&length, _) = sealed.split_first().filter(|(version, _)| **version == VERSION)?.1.split_first()?;
        let (head, rest) = sealed.split_at_checked(2 + usize::from(length))?;
        let key_id = std::str::from_utf8(head.get(2..)?).ok()?;
        let (nonce, body) = rest.split_first_chunk()?;
        Some(Self { head, key_id, nonce: *nonce, body })
    }

    fn open(&self, key: &MasterKey, purpose: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut plain = Zeroizing::new(self.body.to_vec());
        let length = key
            .cipher(purpose)?
            .open_in_place(Nonce::assume_unique_for_key(self.nonce), associated(self.head, purpose), &mut plain)
            .map_err(|_| Fault::internal("a sealed value was changed, or was sealed for another purpose"))?
            .len();
        plain.truncate(length);
        Ok(plain)
    }
}

fn head(key_id: &str) -> Result<Vec<u8>, Fault> {
    let length = u8::try_from(key_id.len()).map_err(|_| Fault::internal("a master key's id is too long"))?;
    let mut head = vec![VERSION, length];
    head.extend_from_slice(key_id.as_bytes());
    Ok(head)
}

/// What is authenticated beside the ciphertext. The head tells its own length, so no two pairs give the same bytes.
fn associated(head: &[u8], purpose: &str) -> Aad<Vec<u8>> {
    Aad::from([head, purpose.as_bytes()].concat())
}

#[cfg(test)]
mod tests;
