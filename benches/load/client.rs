//! The load's client: one keep-alive HTTP/1.1 connection that sends prepared bytes and reads one answer. Hand-made, because it
//! shares the cores with the server that it measures; what it cannot read (a chunked answer) is an error, not a guess.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::Trouble;

/// A connection, and the answer that it read last.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer: what a load looks at.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    head: &'a str,
    /// The body, as long as `Content-Length` says.
    pub body: &'a str,
}

impl Connection {
    /// Connects.
    pub async fn to(address: SocketAddr) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await.map_err(|error| Trouble::of("connecting", error))?;
        stream.set_nodelay(true).map_err(|error| Trouble::of("connecting", error))?;
        Ok(Self { stream, buffer: vec![0; 32 * 1024], filled: 0 })
    }

    /// Sends a request and waits for all of its answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>, Trouble> {
        self.send(request).await?;
        self.filled = 0;
        let end = loop {
            self.receive().await?;
            if let Some(end) = self.read()?.find("\r\n\r\n") {
                break end + 4;
            }
        };
        let length = length(self.read()?.get(..end).unwrap_or(""))?;
        while self.filled < end + length {
            self.receive().await?;
        }
        let (head, body) = self.read()?.split_at(end);
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        Ok(Answer { status: status.ok_or_else(|| Trouble::new("an answer without a status"))?, head, body })
    }

    async fn send(&self, mut rest: &[u8]) -> Result<(), Trouble> {
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(sent) => rest = rest.get(sent..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stream.writable().await.map_err(|error| Trouble::of("sending", error))?;
                }
                Err(error) => return Err(Trouble::of("sending", error)),
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<(), Trouble> {
        loop {
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.stream.try_read(room) {
                Ok(0) => return Err(Trouble::new("the server hung up, or its answer is longer than 32 KiB")),
                Ok(read) => {
                    self.filled += read;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stream.readable().await.map_err(|error| Trouble::of("receiving", error))?;
                }
                Err(error) => return Err(Trouble::of("receiving", error)),
            }
        }
    }

    fn read(&self) -> Result<&str, Trouble> {
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|error| Trouble::of("an answer that is no text", error))
    }
}

impl<'a> Answer<'a> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    /// A cookie as a browser sends it back: `name=value`.
    pub fn cookies(&self) -> Vec<&'a str> {
        let set = self.head.split("\r\n").filter_map(|line| line.split_once(':'));
        let set = set.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, value)| value.split(';').next()).map(str::trim).collect()
    }

    /// A string member of a JSON answer. Tokens need no unescaping.
    pub fn member(&self, name: &str) -> Option<&'a str> {
        let start = self.body.find(&format!("\"{name}\":\""))? + name.len() + 4;
        self.body.get(start..)?.split('"').next()
    }

    /// A query parameter of the `Location` that it leads to, as it stands there.
    pub fn sent_on(&self, parameter: &str) -> Option<&'a str> {
        let (_, query) = self.header("location")?.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == parameter)
            .map(|(_, value)| value)
    }

    /// Complains unless it has this status.
    pub fn expect(&self, status: u16, what: &str) -> Result<(), Trouble> {
        if self.status == status {
            return Ok(());
        }
        let location = self.header("location").unwrap_or("");
        Err(Trouble::new(format!("{what} was answered with {} {location}: {}", self.status, self.body)))
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.filter(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

fn length(head: &str) -> Result<usize, Trouble> {
    let text =
        header(head, "content-length").ok_or_else(|| Trouble::new(format!("an answer without a length: {head}")))?;
    text.parse().map_err(|error| Trouble::of("Content-Length", error))
}
