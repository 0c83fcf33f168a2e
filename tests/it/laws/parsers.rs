//! The parsers of what comes from outside: nothing makes them panic, and what they take they give back unchanged.

use std::collections::BTreeMap;

use cardea::crypto::{digest, random};
use cardea::domain::id::{ClientId, UserId};
use cardea::domain::params::{MAX_COUNT, Params, Unreadable};
use cardea::domain::password::{Password, PasswordContext};
use cardea::domain::redirect_uri;
use cardea::domain::scope::{MAX_LENGTH, Scope};
use cardea::domain::secret::{Kind, OpaqueToken, Secret};
use cardea::domain::user::{Email, Name, Role};
use proptest::collection::vec;
use proptest::prelude::*;
use url::form_urlencoded;

use crate::house::wire::secret_part;

use super::cases;

const KINDS: [Kind; 4] = [Kind::Code, Kind::Refresh, Kind::Session, Kind::Client];

/// RFC 6749 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn token() -> impl Strategy<Value = String> {
    "[!#-\\[\\]-~]{1,12}"
}

fn scope() -> impl Strategy<Value = Scope> {
    vec("[a-f]|articles:(read|write)", 0..6).prop_map(|tokens| Scope::parse(&tokens.join(" ")).unwrap())
}

fn encoded(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn is_control(text: &str) -> bool {
    text.contains(char::is_control)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_scope_is_a_set_whose_text_reads_back(tokens in vec(token(), 0..12), spaces in 1_usize..3) {
        let scope = Scope::parse(&tokens.join(&" ".repeat(spaces))).unwrap();
        let mut wanted = tokens.clone();
        wanted.sort();
        wanted.dedup();
        prop_assert_eq!(scope.iter().collect::<Vec<_>>(), wanted.clone());
        prop_assert_eq!(scope.to_string(), wanted.join(" "));
        prop_assert_eq!(&Scope::parse(&scope.to_string()).unwrap(), &scope);
        prop_assert_eq!(&Scope::stored(&scope.to_string()), &scope);
        let mut turned = tokens;
        turned.reverse();
        prop_assert_eq!(Scope::parse(&turned.join(" ")).unwrap(), scope, "order means nothing");
    }

    #[test]
    fn a_scope_takes_exactly_the_characters_of_the_rfc(text in "\\PC{0,40}|[\\x00-\\xff]{0,40}") {
        let allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        prop_assert_eq!(Scope::parse(&text).is_ok(), text.len() <= MAX_LENGTH && text.chars().all(allowed));
    }

    #[test]
    fn scopes_obey_the_algebra_of_sets(a in scope(), b in scope(), c in scope(), one in "[a-f]") {
        let (both, either) = (a.common(&b), a.joined(&b));
        prop_assert_eq!(&both, &b.common(&a));
        prop_assert_eq!(&either, &b.joined(&a));
        prop_assert!(both.is_within(&a) && both.is_within(&b) && a.is_within(&either) && b.is_within(&either));
        prop_assert_eq!(a.is_within(&b), both == a);
        prop_assert_eq!(a.is_within(&b), either == b);
        prop_assert_eq!(a.is_within(&b) && b.is_within(&a), a == b);
        prop_assert_eq!(a.common(&b.joined(&c)), both.joined(&a.common(&c)));
        prop_assert_eq!(a.joined(&Scope::default()), a.clone());
        prop_assert!(a.common(&Scope::default()).is_empty() && Scope::default().is_within(&a));
        let less = a.without(&one);
        prop_assert!(!less.has(&one) && less.is_within(&a));
        prop_assert_eq!(less.joined(&Scope::parse(&one).unwrap()) == a, a.has(&one));
    }

    #[test]
    fn parameters_that_came_once_are_read_and_the_others_are_not(
        pairs in vec(("[a-d]|[a-d]{2}", "[xyz%&=+ ]{0,3}"), 0..10),
    ) {
        let mut counts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        // RFC 6749 3.1: an empty value is as if it were left out.
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            counts.entry(name).or_default().push(value);
        }
        let (read, wrong) = Params::parse(encoded(&pairs).as_bytes());
        for (name, values) in &counts {
            let expected = if values.len() == 1 { Some(values[0]) } else { None };
            prop_assert_eq!(read.get(name), expected, "{} of {:?}", name, pairs);
        }
        prop_assert!(read.all().keys().all(|name| counts.contains_key(name.as_str())));
        let mut repeated: Vec<String> =
            counts.iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| (*name).to_owned()).collect();
        match wrong {
            None => prop_assert!(repeated.is_empty()),
            Some(Unreadable::Repeated(mut names)) => {
                names.sort();
                repeated.sort();
                prop_assert_eq!(names, repeated);
            }
            Some(Unreadable::Malformed) => prop_assert!(false, "{:?} is well formed", pairs),
        }
    }

    #[test]
    fn any_bytes_can_be_asked_for_parameters(bytes in vec(any::<u8>(), 0..400)) {
        let (read, wrong) = Params::parse(&bytes);
        prop_assert!(read.all().iter().all(|(name, value)| !name.is_empty() && !value.is_empty()));
        prop_assert!(wrong != Some(Unreadable::Malformed) || bytes.split(|byte| *byte == b'&').count() > MAX_COUNT);
    }

    #[test]
    fn an_opaque_token_reads_back_and_stands_for_no_other_kind(id in "[0-9a-f]{32}", secret in any::<[u8; 32]>()) {
        for kind in KINDS {
            let written = OpaqueToken::new(kind, id.clone(), Secret::new(secret)).expose();
            let read = OpaqueToken::parse(kind, &written).unwrap();
            prop_assert_eq!(read.id(), id.as_str());
            prop_assert_eq!(read.secret().expose(), &secret);
            prop_assert_eq!(read.expose(), written.clone());
            let shown = format!("{read:?}");
            prop_assert!(!shown.contains(secret_part(&written)));
            for other in KINDS.into_iter().filter(|other| *other != kind) {
                prop_assert!(OpaqueToken::parse(other, &written).is_none(), "{:?} as {:?}", kind, other);
            }
        }
    }

    #[test]
    fn an_edited_token_is_another_or_none(
        id in "[0-9a-f]{32}", secret in any::<[u8; 32]>(), at in any::<prop::sample::Index>(), put in any::<char>(),
    ) {
        let written = OpaqueToken::new(Kind::Refresh, id, Secret::new(secret)).expose();
        let mut edited: Vec<char> = written.chars().collect();
        let at = at.index(edited.len());
        prop_assume!(edited[at] != put);
        edited[at] = put;
        let edited: String = edited.into_iter().collect();
        // What still reads must not be written in a second way: one token, one text.
        if let Some(read) = OpaqueToken::parse(Kind::Refresh, &edited) {
            prop_assert_eq!(read.expose(), edited);
        }
        for odd in [format!("{written}="), format!(" {written}"), written[..written.len() - 1].to_owned()] {
            prop_assert!(OpaqueToken::parse(Kind::Refresh, &odd).is_none(), "{}", odd);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,300}|[\\x00-\\x{2ff}]{0,40}|[\\x00-\\xff@.]{0,300}") {
        let kind = KINDS[text.len() % 4];
        prop_assert!(OpaqueToken::parse(kind, &text).is_none());
        drop((UserId::parse(&text), ClientId::parse(&text), text.parse::<Role>(), redirect_uri::link(&text)));
        if let Ok(email) = Email::parse(&text) {
            prop_assert!(email.as_str().contains('@') && email.as_str().len() <= 254 && !is_control(email.as_str()));
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
        if let Ok(name) = Name::parse(&text) {
            prop_assert!((1..=100).contains(&name.as_str().chars().count()) && !is_control(name.as_str()));
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name));
        }
        let context = PasswordContext { email: &text, name: &text, site_name: "Cardea" };
        drop(Password::parse(&text, &context));
        let context = PasswordContext { email: "ada@example.com", name: "Ada", site_name: "Cardea" };
        if let Ok(password) = Password::parse(&text, &context) {
            prop_assert_eq!(password.expose(), text.as_str(), "nothing is trimmed or folded");
            prop_assert!((8..=256).contains(&text.chars().count()));
        }
    }

    #[test]
    fn good_addresses_and_names_are_taken(
        local in "[a-z0-9]{1,10}([.+_-][a-z0-9]{1,8})?", domain in "[a-z0-9]{1,10}\\.(com|example|co\\.uk)",
        name in "[A-Z][a-zé]{0,20}( [A-Z][a-z'ß-]{1,20}){0,2}",
    ) {
        let address = format!("{local}@{domain}");
        let email = Email::parse(&format!(" {address} ")).unwrap();
        prop_assert_eq!(email.as_str(), address.as_str());
        prop_assert_eq!(Email::parse(&address.to_uppercase()).unwrap().key(), address);
        let read = Name::parse(&name.replace(' ', " \t ")).unwrap();
        prop_assert_eq!(read.as_str(), name.as_str());
    }

    #[test]
    fn only_the_same_bytes_are_the_same(left in vec(any::<u8>(), 0..20), right in vec(any::<u8>(), 0..20)) {
        prop_assert_eq!(digest::same_bytes(&left, &right), left == right);
        prop_assert!(digest::same_bytes(&left, &left.clone()));
    }
}

#[test]
fn made_tokens_are_all_different_and_read_back() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..200 {
        let id = format!("{number:032x}");
        let made = random::token(Kind::Code, &id).unwrap().expose();
        assert_eq!(OpaqueToken::parse(Kind::Code, &made).unwrap().id(), id);
        assert!(seen.insert(secret_part(&made).to_owned()));
    }
}
