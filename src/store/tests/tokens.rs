//! Grants, codes, refresh tokens and revoked tokens: round trips.

use super::super::{codes, grants, refresh_tokens, revoked_tokens};
use super::{Database, at, client_id, digest, grant, id, shown};
use crate::domain::code::{Code, IssuedCode};
use crate::domain::grant::Grant;
use crate::domain::id::TokenId;
use crate::domain::token::{IssuedRefreshToken, RefreshToken};

pub(super) fn code(number: u8) -> IssuedCode {
    IssuedCode {
        id: id(number),
        digest: digest(number),
        grant: id(1),
        redirect_uri: "https://shop.example/a?b=c".to_owned(),
        redirect_uri_given: true,
        code_challenge: Some("challenge".to_owned()),
        nonce: None,
        created_at: at(10),
        expires_at: at(70),
    }
}

pub(super) fn refresh_token(number: u8, parent: Option<u8>) -> IssuedRefreshToken {
    IssuedRefreshToken {
        id: id(number),
        digest: digest(number),
        grant: id(1),
        parent: parent.map(id),
        created_at: at(10),
        expires_at: at(1000),
    }
}

#[test]
fn a_grant_comes_back_and_is_revoked_once() {
    let (db, grant) = Database::furnished();
    assert_eq!(shown(&db.read(|conn| grants::find(conn, &id(1))).unwrap()), shown(&grant));
    assert!(db.read(|conn| grants::find(conn, &id(2))).is_none());
    assert!(db.write(|conn| grants::revoke(conn, &id(1), at(20))));
    assert!(!db.write(|conn| grants::revoke(conn, &id(1), at(21))));
    assert_eq!(db.read(|conn| grants::find(conn, &id(1))).unwrap().revoked_at, Some(at(20)));
}

#[test]
fn offline_access_outlives_the_session_but_not_the_person_or_the_client() {
    let furnish = || {
        let (db, _) = Database::furnished();
        db.write(|conn| grants::insert(conn, &Grant { offline: true, ..grant(2) }));
        db
    };
    let db = furnish();
    assert_eq!(db.write(|conn| grants::revoke_of_session(conn, &id(1), at(20))), 1);
    assert!(db.read(|conn| grants::find(conn, &id(1))).unwrap().revoked_at.is_some());
    assert!(db.read(|conn| grants::find(conn, &id(2))).unwrap().revoked_at.is_none());
    assert_eq!(db.write(|conn| grants::revoke_of_user(conn, &id(1), at(21))), 1);
    let db = furnish();
    assert_eq!(db.write(|conn| grants::revoke_of_client(conn, &client_id("shop"), at(21))), 2);
    assert_eq!(db.write(|conn| grants::revoke_of_client(conn, &client_id("shop"), at(22))), 0);
}

#[test]
fn a_code_is_fresh_until_it_is_spent() {
    let (db, grant) = Database::furnished();
    db.write(|conn| codes::insert(conn, &code(1)));
    let Some(Code::Fresh(found, its_grant)) = db.read(|conn| codes::find(conn, &id(1))) else { panic!("not fresh") };
    assert_eq!(shown(&found), shown(&code(1)));
    assert_eq!(found.digest.as_bytes(), &[1; 32]);
    assert_eq!(shown(&*its_grant), shown(&grant));
    assert!(db.write(|conn| codes::spend(conn, &id(1), at(20))));
    assert!(!db.write(|conn| codes::spend(conn, &id(1), at(20))));
    assert!(!db.write(|conn| codes::spend(conn, &id(2), at(20))));
    let Some(Code::Spent(found, _)) = db.read(|conn| codes::find(conn, &id(1))) else { panic!("not spent") };
    assert_eq!(shown(&found), shown(&code(1)));
    assert!(db.read(|conn| codes::find(conn, &id(2))).is_none());
}

#[test]
fn a_refresh_token_rotates_once_and_knows_its_successor() {
    let (db, _) = Database::furnished();
    db.write(|conn| {
        refresh_tokens::insert(conn, &refresh_token(1, None))?;
        assert!(refresh_tokens::rotate(conn, &id(1), at(20), &id(2), b"sealed")?);
        assert!(!refresh_tokens::rotate(conn, &id(1), at(21), &id(3), b"late")?);
        refresh_tokens::insert(conn, &refresh_token(2, Some(1)))
    });
    let Some(RefreshToken::Rotated(first, rotation, grant)) = db.read(|conn| refresh_tokens::find(conn, &id(1))) else {
        panic!("not rotated")
    };
    assert_eq!(shown(&first), shown(&refresh_token(1, None)));
    assert_eq!((rotation.used_at, rotation.successor.clone(), rotation.successor_used), (at(20), id(2), false));
    assert_eq!((rotation.sealed_successor.as_slice(), grant.id), (b"sealed".as_slice(), id(1)));
    let Some(RefreshToken::Fresh(second, _)) = db.read(|conn| refresh_tokens::find(conn, &id(2))) else {
        panic!("not fresh")
    };
    assert_eq!(shown(&second), shown(&refresh_token(2, Some(1))));

    db.write(|conn| refresh_tokens::rotate(conn, &id(2), at(30), &id(3), b"third"));
    let Some(RefreshToken::Rotated(_, rotation, _)) = db.read(|conn| refresh_tokens::find(conn, &id(1))) else {
        panic!("not rotated")
    };
    assert!(rotation.successor_used);

    db.write(|conn| refresh_tokens::insert(conn, &refresh_token(4, None)));
    let sealed = db.read(|conn| refresh_tokens::sealed(conn, None, 10));
    assert_eq!(sealed, [(id(1), b"sealed".to_vec()), (id(2), b"third".to_vec())]);
    db.write(|conn| refresh_tokens::reseal(conn, &id(2), b"anew"));
    assert_eq!(db.read(|conn| refresh_tokens::sealed(conn, Some(&id(1)), 1)), [(id(2), b"anew".to_vec())]);
}

#[test]
fn a_token_is_revoked_once_or_twice_alike() {
    let db = Database::fresh();
    let token: TokenId = id(5);
    let (one, two) = (token.clone(), token.clone());
    assert!(!db.read(|conn| revoked_tokens::contains(conn, &token)));
    db.write(move |conn| revoked_tokens::insert(conn, &one, at(100), at(1)));
    db.write(move |conn| revoked_tokens::insert(conn, &two, at(100), at(2)));
    assert!(db.read(|conn| revoked_tokens::contains(conn, &token)));
    assert!(!db.read(|conn| revoked_tokens::contains(conn, &id(6))));
}
