//! A password that somebody wants to have from now on: long enough, not common, not what everybody knows about them.
//!
//! Only here are passwords judged. One that is presented at sign-in is taken as it comes and goes to `crypto::password`.

use std::fmt;

use zeroize::Zeroize as _;

const COMMON: &str = include_str!("common_passwords.txt");

/// A password fit to be set. `Debug` does not print it; its memory is wiped when it goes.
pub struct Password(String);

/// What is known about the person and the site, and therefore is no password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordContext<'a> {
    /// The account's e-mail address.
    pub email: &'a str,
    /// What the person is called.
    pub name: &'a str,
    /// What the site is called.
    pub site_name: &'a str,
}

impl Password {
    /// Fewest characters.
    pub const SHORTEST: usize = 8;
    /// Most characters.
    pub const LONGEST: usize = 256;

    /// Reads a new password. Any characters will do, also spaces; nothing is trimmed, folded or normalized
    /// (NIST SP 800-63B 3.1.1: length and a list of known passwords instead of composition rules).
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(text: &str, context: &PasswordContext<'_>) -> Result<Self, &'static str> {
        let length = text.chars().count();
        if length == 0 {
            return Err("Enter a password.");
        }
        if length < Self::SHORTEST {
            return Err("This password is too short. Use at least 8 characters.");
        }
        if length > Self::LONGEST {
            return Err("This password is too long. Use at most 256 characters.");
        }
        if is_common(text) {
            return Err("This password is one of the most common ones and would be guessed. Choose another.");
        }
        let local_part = context.email.split('@').next().unwrap_or_default();
        if same(text, context.email) || same(text, local_part) {
            return Err("Your e-mail address is not a safe password. Choose another.");
        }
        if same(text, context.name) {
            return Err("Your name is not a safe password. Choose another.");
        }
        if same(text, context.site_name) {
            return Err("The name of this site is not a safe password. Choose another.");
        }
        Ok(Self(text.to_owned()))
    }

    /// The password, for the one place that hashes it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

fn is_common(text: &str) -> bool {
    let mut folded = text.to_lowercase();
    let found = COMMON.lines().any(|line| line == folded);
    folded.zeroize();
    found
}

/// Whether two texts are the same to somebody who guesses: case, spaces and punctuation do not count.
fn same(text: &str, known: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut left: String = bare(text);
    let right: String = bare(known);
    let found = !right.is_empty() && left == right;
    left.zeroize();
    found
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordContext};

    const CONTEXT: PasswordContext<'static> =
        PasswordContext { email: "Ada.Lovelace@example.com", name: "Ada King-Noel", site_name: "Hinge House" };

    fn refused(text: &str) -> &'static str {
        Password::parse(text, &CONTEXT).expect_err("must be refused")
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(refused("").starts_with("Enter"));
        assert!(refused("häuser7").contains("at least 8"));
        assert!(Password::parse("häuser71", &CONTEXT).is_ok());
        assert!(Password::parse(&"ö".repeat(256), &CONTEXT).is_ok());
        assert!(refused(&"ö".repeat(257)).contains("at most 256"));
    }

    #[test]
    fn common_ones_are_refused_in_any_case() {
        for text in ["password", "PassWord", "1234567890", "Qwertyuiop", "iloveyou"] {
            assert!(refused(text).contains("common"), "{text}");
        }
    }

    #[test]
    fn the_list_is_whole() {
        let list: Vec<_> = super::COMMON.lines().filter(|line| !line.starts_with("# ")).collect();
        assert!(list.len() > 10_000);
        assert!(list.iter().all(|line| line.chars().count() >= Password::SHORTEST && *line == line.to_lowercase()));
    }

    #[test]
    fn what_everybody_knows_is_refused() {
        assert!(refused("ada.lovelace@example.com").contains("e-mail"));
        assert!(refused("AdaLovelace").contains("e-mail"));
        assert!(refused("ada king noel").contains("Your name"));
        assert!(refused("hingehouse").contains("site"));
        assert!(Password::parse("ada king noel's engine", &CONTEXT).is_ok());
    }

    #[test]
    fn a_context_without_letters_refuses_nothing() {
        let empty = PasswordContext { email: "", name: "", site_name: "--" };
        assert!(Password::parse("!?!?!?!?!?", &empty).is_ok());
    }

    #[test]
    fn no_composition_rules_and_no_normalization() {
        for text in ["correct horse battery staple", "  leading and trailing  ", "nul\0inside", "zzzzzzzzzzzzzzzzzzq"] {
            assert_eq!(Password::parse(text, &CONTEXT).expect("fits").expose(), text);
        }
        // U+00E9 and U+0065 U+0301 look alike and stay different.
        let composed = Password::parse("caf\u{e9} au lait", &CONTEXT).expect("fits");
        let decomposed = Password::parse("cafe\u{301} au lait", &CONTEXT).expect("fits");
        assert_ne!(composed.expose(), decomposed.expose());
    }

    #[test]
    fn debug_does_not_show_it() {
        let password = Password::parse("correct horse battery", &CONTEXT).expect("fits");
        assert_eq!(format!("{password:?}"), "Password(redacted)");
    }
}
