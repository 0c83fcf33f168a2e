//! Encryption at rest: AES-256-GCM under a master key that is not in the database.
//!
//! Nonces are random: under one key at most 2^32 values may be sealed (NIST SP 800-38D 8.3). A rotation begins anew.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::ops::Deref;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::crypto::{digest, random};
use crate::domain::error::Fault;

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// The master keys, the current one first.
#[derive(Clone)]
pub struct MasterKeys(Arc<Held>);

struct Held {
    file: Option<PathBuf>,
    ring: ArcSwap<Ring>,
}

/// The keys, and which version of the file they were read from.
struct Ring {
    keys: Vec<MasterKey>,
    version: Option<Version>,
}

/// A file that was put in the place of another has another of these: inode, and seconds and nanoseconds of its change.
type Version = (u64, i64, i64);

impl Deref for Ring {
    type Target = [MasterKey];

    fn deref(&self) -> &Self::Target {
        &self.keys
    }
}

struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
    key: LessSafeKey,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys(redacted)")
    }
}

impl MasterKeys {
    /// Takes the keys from the environment, or from the file; makes the file on first start (mode 0600).
    ///
    /// # Errors
    /// A fault that says what to do: a file that others can read, a line that is no key.
    pub fn open(file: &Path, from_environment: Option<&str>) -> Result<Self, Fault> {
        let (file, ring) = match from_environment {
            Some(text) => (None, Ring { keys: parse(text.split(','), ':')?, version: None }),
            None => (Some(file.to_owned()), read_or_make(file)?),
        };
        Ok(Self(Arc::new(Held { file, ring: ArcSwap::from_pointee(ring) })))
    }

    /// Seals a value for one purpose: it opens for that purpose alone. Looks first whether another process has rotated the
    /// keys: what is sealed under a key that was dropped could never be opened again.
    ///
    /// # Errors
    /// A fault of the random source.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        self.follow();
        let ring = self.0.ring.load();
        let current = ring.first().ok_or_else(|| Fault::internal("there is no master key"))?;
        let nonce = random::bytes::<NONCE>()?;
        let length = u8::try_from(current.id.len()).map_err(|_| Fault::internal("the master key's id is too long"))?;
        let mut sealed = Vec::with_capacity(2 + current.id.len() + NONCE + plain.len() + 16);
        sealed.extend_from_slice(&[VERSION, length]);
        sealed.extend_from_slice(current.id.as_bytes());
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        let tag = current.key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body);
        let tag = tag.map_err(|_| Fault::internal("a value could not be sealed"))?;
        sealed.append(&mut body);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a sealed value. A key that is not known yet may have been made by another process: the file is read again.
    ///
    /// # Errors
    /// A fault when the key is missing, the purpose another, or the value was changed.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let envelope = Envelope::of(sealed).ok_or_else(|| Fault::internal("a sealed value is broken"))?;
        if !self.knows(envelope.id) {
            self.reload()?;
        }
        let ring = self.0.ring.load();
        let Some(held) = ring.iter().find(|held| held.id == envelope.id) else {
            return Err(Fault::internal(format!(
                "a value is sealed under master key {}, which is not here; bring it back",
                envelope.id
            )));
        };
        let mut body = Zeroizing::new(envelope.body.to_vec());
        let aad = Aad::from(purpose.as_bytes());
        let opened = held.key.open_in_place(Nonce::assume_unique_for_key(envelope.nonce), aad, &mut body);
        let length =
            opened.map_err(|_| Fault::internal("a sealed value does not open: wrong key, or it was changed"))?.len();
        body.truncate(length);
        Ok(body)
    }

    /// Whether a value is sealed under the current key.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let ring = self.0.ring.load();
        Envelope::of(sealed).is_some_and(|envelope| ring.first().is_some_and(|current| current.id == envelope.id))
    }

    /// Puts a new key in front; the others stay until [`MasterKeys::end_rotation`].
    ///
    /// # Errors
    /// A fault when the keys come from the environment (with what to do there), or the file cannot be written.
    pub fn begin_rotation(&self) -> Result<(), Fault> {
        let Some(file) = &self.0.file else {
            // Only the operator can change the environment: the new key is there already, or it is not.
            return if self.0.ring.load().len() > 1 {
                Ok(())
            } else {
                Err(Fault::internal(
                    "the master key comes from the environment: put a new one in front of it (CARDEA_SECRETS__MASTER_KEY=NEW_ID:BASE64,OLD_ID:BASE64), restart the server, then run this again",
                ))
            };
        };
        let mut lines = vec![fresh()?];
        lines.extend(self.0.ring.load().iter().map(line));
        replace(file, &lines)?;
        self.reload()
    }

    /// Drops all keys but the current one.
    ///
    /// # Errors
    /// A fault when the file cannot be written.
    pub fn end_rotation(&self) -> Result<(), Fault> {
        let Some(file) = &self.0.file else { return Ok(()) };
        let current: Vec<String> = self.0.ring.load().iter().take(1).map(line).collect();
        replace(file, &current)?;
        self.reload()
    }

    fn knows(&self, id: &str) -> bool {
        self.0.ring.load().iter().any(|held| held.id == id)
    }

    /// Takes up a file that was replaced. One that cannot be read leaves the keys at hand in use.
    fn follow(&self) {
        let Some(file) = &self.0.file else { return };
        let Ok(there) = fs::metadata(file) else { return };
        if self.0.ring.load().version != Some(version(&there))
            && let Err(fault) = self.reload()
        {
            tracing::warn!(%fault, "the master key file has changed and cannot be used; the keys at hand stay in use");
        }
    }

    fn reload(&self) -> Result<(), Fault> {
        if let Some(file) = &self.0.file {
            self.0.ring.store(Arc::new(read(file)?));
        }
        Ok(())
    }
}

struct Envelope<'a> {
    id: &'a str,
    nonce: [u8; NONCE],
    body: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn of(sealed: &'a [u8]) -> Option<Self> {
        let (&[version, length], rest) = sealed.split_first_chunk::<2>()?;
        let (id, rest) = rest.split_at_checked(usize::from(length))?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>()?;
        (version == VERSION).then_some(Self { id: std::str::from_utf8(id).ok()?, nonce: *nonce, body })
    }
}

fn fresh() -> Result<String, Fault> {
    let id = digest::hex(&random::bytes::<4>()?);
    Ok(format!("{id} {}", STANDARD.encode(random::bytes::<32>()?)))
}

fn line(held: &MasterKey) -> String {
    format!("{} {}", held.id, STANDARD.encode(held.bytes.as_slice()))
}

fn parse<'a>(lines: impl Iterator<Item = &'a str>, joint: char) -> Result<Vec<MasterKey>, Fault> {
    let wrong = || Fault::internal("a master key must be an id of 1 to 32 letters and digits and 32 bytes in base64");
    let mut ring = Vec::new();
    for text in lines.map(str::trim).filter(|text| !text.is_empty() && !text.starts_with('#')) {
        let (id, encoded) = text.split_once(joint).ok_or_else(wrong)?;
        let bytes: [u8; 32] =
            STANDARD.decode(encoded.trim()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
        let id_fits = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| wrong())?;
        if !id_fits || ring.iter().any(|held: &MasterKey| held.id == id) {
            return Err(wrong());
        }
        ring.push(MasterKey { id: id.to_owned(), bytes: Zeroizing::new(bytes), key: LessSafeKey::new(key) });
    }
    if ring.is_empty() { Err(wrong()) } else { Ok(ring) }
}

fn read_or_make(file: &Path) -> Result<Ring, Fault> {
    if !file.exists() {
        make(file)?;
    }
    read(file)
}

/// Written aside and linked into place: of two processes that start at once, one wins and both read the same key.
fn make(file: &Path) -> Result<(), Fault> {
    let aside = write_aside(file, &[fresh()?])?;
    let linked = fs::hard_link(&aside, file);
    drop(fs::remove_file(&aside));
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(trouble(file, error)),
        _ => Ok(()),
    }
}

fn replace(file: &Path, lines: &[String]) -> Result<(), Fault> {
    let aside = write_aside(file, lines)?;
    fs::rename(&aside, file).map_err(|error| trouble(file, error))
}

fn write_aside(file: &Path, lines: &[String]) -> Result<PathBuf, Fault> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| trouble(folder, error))?;
    }
    let suffix = digest::hex(&random::bytes::<8>()?);
    let aside = file.with_extension(format!("{suffix}.new"));
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .map_err(|error| trouble(&aside, error))?;
    let text = Zeroizing::new(format!("{}\n", lines.join("\n")));
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(|error| trouble(&aside, error))?;
    Ok(aside)
}

fn version(metadata: &fs::Metadata) -> Version {
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

fn read(file: &Path) -> Result<Ring, Fault> {
    // Looked at before it is read: a file that is replaced in between is read once more.
    let metadata = fs::metadata(file).map_err(|error| trouble(file, error))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Fault::internal(format!("others can read the master key: run chmod 600 {}", file.display())));
    }
    let text = Zeroizing::new(fs::read_to_string(file).map_err(|error| trouble(file, error))?);
    Ok(Ring { keys: parse(text.lines(), ' ')?, version: Some(version(&metadata)) })
}

fn trouble(path: &Path, error: std::io::Error) -> Fault {
    Fault::internal(format!("secrets.master_key_file: {}", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(folder: &Path) -> MasterKeys {
        MasterKeys::open(&folder.join("deep/master.key"), None).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_for_its_purpose_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        let sealed = keys.seal("row:1", b"secret").unwrap();
        assert_eq!(keys.unseal("row:1", &sealed).unwrap().as_slice(), b"secret");
        assert!(keys.unseal("row:2", &sealed).is_err());
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(keys.unseal("row:1", &changed).is_err(), "byte {position}");
        }
    }

    #[test]
    fn a_running_server_follows_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let (server, operator) = (keys(folder.path()), keys(folder.path()));
        let before = operator.seal("x", b"1").unwrap();
        operator.begin_rotation().unwrap();
        assert!(!operator.is_current(&before));
        let after = operator.seal("x", b"1").unwrap();
        operator.end_rotation().unwrap();
        assert_eq!(server.unseal("x", &after).unwrap().as_slice(), b"1");
        assert!(operator.unseal("x", &before).is_err());
    }

    #[test]
    fn a_running_server_seals_under_the_new_key() {
        let folder = tempfile::tempdir().unwrap();
        let (server, operator) = (keys(folder.path()), keys(folder.path()));
        operator.begin_rotation().unwrap();
        operator.end_rotation().unwrap();
        let sealed = server.seal("x", b"1").unwrap();
        assert!(operator.is_current(&sealed));
        fs::write(folder.path().join("deep/master.key"), "no key").unwrap();
        assert!(operator.is_current(&server.seal("x", b"1").unwrap()), "the keys at hand stay in use");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(keys(folder.path()));
        let file = folder.path().join("deep/master.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(MasterKeys::open(&file, None).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..8).map(|_| scope.spawn(|| keys(folder.path()))).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let sealed = all[0].seal("x", b"1").unwrap();
        assert!(all.iter().all(|keys| keys.unseal("x", &sealed).is_ok()));
    }
}
