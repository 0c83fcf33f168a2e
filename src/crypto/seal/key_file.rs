//! The file that holds the master keys: one line a key, `<key-id> <base64 of 32 bytes>`, the current one first.
//!
//! It is made whole or not at all, replaced whole or not at all, and refused when others may read it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::crypto::random;
use crate::domain::error::Fault;

/// A master key as it is written down.
pub(super) struct RawKey {
    pub(super) id: String,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

/// By what one sees that the file was replaced: device, inode, size, and the moment of change in s and ns.
pub(super) type Stamp = (u64, u64, u64, i64, i64);

/// Where the keys are.
pub(super) struct KeyFile(PathBuf);

impl RawKey {
    pub(super) fn generate() -> Result<Self, Fault> {
        let id = u64::from_be_bytes(random::bytes()?);
        Ok(Self { id: format!("{id:016x}"), bytes: Zeroizing::new(random::bytes()?) })
    }

    fn parse(id: &str, base64: &str) -> Result<Self, Fault> {
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if !(1..=32).contains(&id.len()) || !plain {
            return Err(Fault::internal("a master key's id has 1 to 32 letters, digits or -._"));
        }
        let decoded = Zeroizing::new(STANDARD.decode(base64).unwrap_or_default());
        let mut bytes = Zeroizing::new([0; 32]);
        if decoded.len() != bytes.len() {
            return Err(Fault::internal(format!("the master key \"{id}\" is not the base64 of 32 bytes")));
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self { id: id.to_owned(), bytes })
    }
}

/// Reads `<key-id>:<base64>`, separated by commas.
pub(super) fn parse_environment(text: &str) -> Result<Vec<RawKey>, Fault> {
    let keys = text.split(',').map(|entry| match entry.trim().split_once(':') {
        Some((id, base64)) => RawKey::parse(id, base64),
        None => Err(Fault::internal("master keys in the environment are written <key-id>:<base64 of 32 bytes>,...")),
    });
    distinct(keys.collect::<Result<_, _>>()?)
}

fn parse_file(text: &str) -> Result<Vec<RawKey>, Fault> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = lines.map(|line| match line.split_once(' ') {
        Some((id, base64)) => RawKey::parse(id, base64.trim()),
        None => Err(Fault::internal("master keys are written one a line: <key-id> <base64 of 32 bytes>")),
    });
    distinct(keys.collect::<Result<_, _>>()?)
}

fn distinct(keys: Vec<RawKey>) -> Result<Vec<RawKey>, Fault> {
    let mut ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    if keys.is_empty() {
        Err(Fault::internal("there is no master key"))
    } else if ids.len() < keys.len() {
        Err(Fault::internal("two master keys have the same id"))
    } else {
        Ok(keys)
    }
}

fn write_down(keys: &[RawKey]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * 80));
    for key in keys {
        let base64 = Zeroizing::new(STANDARD.encode(key.bytes.as_slice()));
        text.push_str(&key.id);
        text.push(' ');
        text.push_str(&base64);
        text.push('\n');
    }
    text
}

impl KeyFile {
    /// The file at `path`, made with one new key if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = Self(path.to_owned());
        match fs::metadata(path) {
            Ok(_) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => file.create().map(|()| file),
            Err(error) => Err(file.fault("cannot be looked at", error)),
        }
    }

    /// The keys, and the stamp of what was read.
    pub(super) fn read(&self) -> Result<(Vec<RawKey>, Stamp), Fault> {
        let mut file = File::open(&self.0).map_err(|error| self.fault("cannot be opened", error))?;
        let metadata = file.metadata().map_err(|error| self.fault("cannot be looked at", error))?;
        if metadata.mode() & 0o077 != 0 {
            let path = self.0.display();
            return Err(Fault::internal(format!(
                "the master key file {path} is open to others than its owner; run: chmod 600 {path}"
            )));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(|error| self.fault("cannot be read", error))?;
        let keys = parse_file(&text).map_err(|fault| self.fault("is malformed", fault))?;
        Ok((keys, stamp(&metadata)))
    }

    /// The stamp of what is there now.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        fs::metadata(&self.0).ok().map(|metadata| stamp(&metadata))
    }

    /// Replaces the keys by what `change` makes of them. One process at a time; readers see the old file or the new one.
    pub(super) fn rewrite(&self, change: impl FnOnce(Vec<RawKey>) -> Result<Vec<RawKey>, Fault>) -> Result<(), Fault> {
        let target = fs::canonicalize(&self.0).map_err(|error| self.fault("cannot be found", error))?;
        let folder =
            File::open(folder(&target)).map_err(|error| self.fault("has a folder that cannot be opened", error))?;
        folder.lock().map_err(|error| self.fault("has a folder that cannot be locked", error))?;
        let (keys, _) = self.read()?;
        let written = write_beside(&target, &change(keys)?).map_err(|error| self.fault("cannot be replaced", error))?;
        if let Err(error) = fs::rename(&written, &target) {
            let _ = fs::remove_file(&written);
            return Err(self.fault("cannot be replaced", error));
        }
        folder.sync_all().map_err(|error| self.fault("may not have been saved", error))
    }

    /// Makes the file. When another process is faster, its file stays.
    fn create(&self) -> Result<(), Fault> {
        let folder = folder(&self.0);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| self.fault("has a folder that cannot be made", error))?;
        let keys = [RawKey::generate()?];
        let written = write_beside(&self.0, &keys).map_err(|error| self.fault("cannot be made", error))?;
        // Unlike a rename, a link never replaces what is there.
        let linked = fs::hard_link(&written, &self.0);
        let _ = fs::remove_file(&written);
        match linked {
            Ok(()) => File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| self.fault("may not have been saved", error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(self.fault("cannot be made", error)),
        }
    }

    fn fault(&self, what: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault::internal(format!("the master key file {} {what}", self.0.display())).caused_by(cause)
    }
}

/// Writes the keys to a new file in the same folder, readable by its owner only and safe on the disk.
fn write_beside(target: &Path, keys: &[RawKey]) -> io::Result<PathBuf> {
    let random: [u8; 8] = random::bytes().map_err(io::Error::other)?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.new", u64::from_be_bytes(random)));
    let path = target.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let saved = file.write_all(write_down(keys).as_bytes()).and_then(|()| file.sync_all());
    if saved.is_err() {
        let _ = fs::remove_file(&path);
    }
    saved.map(|()| path)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.ctime(), metadata.ctime_nsec())
}
