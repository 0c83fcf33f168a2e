//! The tables of people: accounts, and the roles they hold.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::user_roles::{self, dsl as role};
use super::schema::users::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::id::UserId;
use crate::domain::instant::Instant;
use crate::domain::user::{Email, Name, PasswordHash, Role, User};

/// Adds an account with its roles; false when the address is taken, and then nothing was changed.
///
/// # Errors
/// A fault when the database fails.
pub fn insert(conn: &mut Conn, user: &User, password: Option<&PasswordHash>) -> Result<bool, Fault> {
    let values = (
        dsl::id.eq(user.id.as_str()),
        dsl::email.eq(user.email.as_str()),
        dsl::email_key.eq(user.email.key()),
        dsl::email_verified.eq(user.email_verified),
        dsl::name.eq(user.name.as_str()),
        dsl::password_hash.eq(password.map(PasswordHash::as_str)),
        dsl::disabled_at.eq(user.disabled_at.map(moment)),
        dsl::created_at.eq(moment(user.created_at)),
        dsl::updated_at.eq(moment(user.updated_at)),
    );
    // ON CONFLICT, not an error that is caught: on PostgreSQL an error would end the caller's transaction.
    let statement = diesel::insert_into(users::table).values(values).on_conflict(dsl::email_key).do_nothing();
    if Portable(statement).execute(conn).attempt("users: insert")? == 0 {
        return Ok(false);
    }
    for held in &user.roles {
        let values = (role::user_id.eq(user.id.as_str()), role::role.eq(held.as_str()));
        let statement = diesel::insert_into(user_roles::table).values(values).on_conflict_do_nothing();
        Portable(statement).execute(conn).attempt("user_roles: insert")?;
    }
    Ok(true)
}

/// The account of this id.
///
/// # Errors
/// A fault when the database fails.
pub fn find(conn: &mut Conn, id: &UserId) -> Result<Option<User>, Fault> {
    let row = either!(conn, conn => users::table
        .filter(dsl::id.eq(id.as_str()))
        .select(COLUMNS)
        .get_result::<Row>(conn))
    .optional()
    .attempt("users: find")?;
    row.map(|row| with_roles(conn, row)).transpose()
}

/// The account with this address, whatever its case.
///
/// # Errors
/// A fault when the database fails.
pub fn find_by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>, Fault> {
    let row = either!(conn, conn => users::table
        .filter(dsl::email_key.eq(email.key()))
        .select(COLUMNS)
        .get_result::<Row>(conn))
    .optional()
    .attempt("users: find by address")?;
    row.map(|row| with_roles(conn, row)).transpose()
}

/// The account's password hash, if it has one.
///
/// # Errors
/// A fault when the database fails.
pub fn password(conn: &mut Conn, id: &UserId) -> Result<Option<PasswordHash>, Fault> {
    let hash: Option<Option<String>> = either!(conn, conn => users::table
        .filter(dsl::id.eq(id.as_str()))
        .select(dsl::password_hash)
        .get_result(conn))
    .optional()
    .attempt("users: find password")?;
    Ok(hash.flatten().map(PasswordHash::new))
}

/// Puts `next` in the place of the hash that was verified; false when somebody has set another in the meantime, or the
/// account is switched off or gone. To put the same one there again holds the row, so that nobody sets another before this
/// transaction ends.
///
/// # Errors
/// A fault when the database fails.
pub fn replace_password(
    conn: &mut Conn,
    id: &UserId,
    verified: &PasswordHash,
    next: &PasswordHash,
) -> Result<bool, Fault> {
    let unchanged = users::table
        .filter(dsl::id.eq(id.as_str()))
        .filter(dsl::password_hash.eq(verified.as_str()))
        .filter(dsl::disabled_at.is_null());
    let statement = diesel::update(unchanged).set(dsl::password_hash.eq(next.as_str()));
    Portable(statement).execute(conn).attempt("users: replace password").map(|rows| rows == 1)
}

/// Sets the account's password hash; false when there is no such account.
///
/// # Errors
/// A fault when the database fails.
pub fn set_password(conn: &mut Conn, id: &UserId, hash: &PasswordHash, now: Instant) -> Result<bool, Fault> {
    let statement = diesel::update(users::table.filter(dsl::id.eq(id.as_str())))
        .set((dsl::password_hash.eq(hash.as_str()), dsl::updated_at.eq(moment(now))));
    Portable(statement).execute(conn).attempt("users: set password").map(|rows| rows == 1)
}

/// Up to `limit` accounts in the order of their ids, beginning behind `after`.
///
/// # Errors
/// A fault when the database fails.
pub fn list(conn: &mut Conn, after: Option<&UserId>, limit: i64) -> Result<Vec<User>, Fault> {
    let after = after.map_or("", UserId::as_str);
    let rows: Vec<Row> = either!(conn, conn => users::table
        .filter(dsl::id.gt(after))
        .order(dsl::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn))
    .attempt("users: list")?;
    let Some(last) = rows.last().map(|row| row.id.clone()) else { return Ok(Vec::new()) };
    let held: Vec<(String, String)> = either!(conn, conn => user_roles::table
        .filter(role::user_id.gt(after).and(role::user_id.le(last)))
        .order((role::user_id, role::role))
        .load(conn))
    .attempt("user_roles: list")?;
    let mut held = held.into_iter().peekable();
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        // Both lists are in the order of ids. A role whose account came in between the two queries is passed over.
        while held.next_if(|(user, _)| *user < row.id).is_some() {}
        let roles =
            std::iter::from_fn(|| held.next_if(|(user, _)| *user == row.id)).map(|(_, name)| Role::stored(name));
        let roles = roles.collect();
        people.push(row.into_user(roles));
    }
    Ok(people)
}

/// Switches an account off, or on again with `None`; false when there is no such account.
///
/// # Errors
/// A fault when the database fails.
pub fn set_disabled(conn: &mut Conn, id: &UserId, at: Option<Instant>, now: Instant) -> Result<bool, Fault> {
    let statement = diesel::update(users::table.filter(dsl::id.eq(id.as_str())))
        .set((dsl::disabled_at.eq(at.map(moment)), dsl::updated_at.eq(moment(now))));
    Portable(statement).execute(conn).attempt("users: set disabled").map(|rows| rows == 1)
}

/// Removes an account with its roles, sessions, consents and grants; false when there is no such account.
///
/// # Errors
/// A fault when the database fails.
pub fn remove(conn: &mut Conn, id: &UserId) -> Result<bool, Fault> {
    let statement = diesel::delete(users::table.filter(dsl::id.eq(id.as_str())));
    Portable(statement).execute(conn).attempt("users: remove").map(|rows| rows == 1)
}

fn with_roles(conn: &mut Conn, row: Row) -> Result<User, Fault> {
    let names: Vec<String> = either!(conn, conn => user_roles::table
        .filter(role::user_id.eq(row.id.as_str()))
        .order(role::role)
        .select(role::role)
        .load(conn))
    .attempt("user_roles: find")?;
    Ok(row.into_user(names.into_iter().map(Role::stored).collect()))
}

/// All but the password hash, which only those read who ask for it, and the key, which is made of the address.
const COLUMNS: (
    dsl::id,
    dsl::email,
    dsl::email_verified,
    dsl::name,
    dsl::disabled_at,
    dsl::created_at,
    dsl::updated_at,
) = (dsl::id, dsl::email, dsl::email_verified, dsl::name, dsl::disabled_at, dsl::created_at, dsl::updated_at);

#[derive(Queryable)]
struct Row {
    id: String,
    email: String,
    email_verified: bool,
    name: String,
    disabled_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl Row {
    fn into_user(self, roles: Vec<Role>) -> User {
        User {
            id: UserId::stored(self.id),
            email: Email::stored(self.email),
            email_verified: self.email_verified,
            name: Name::stored(self.name),
            roles,
            disabled_at: self.disabled_at.map(instant),
            created_at: instant(self.created_at),
            updated_at: instant(self.updated_at),
        }
    }
}
