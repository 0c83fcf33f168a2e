//! The table of registered clients.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::client_secrets;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::clients::{self, dsl};
use crate::domain::client::{Client, Lifetimes, Links, Registration};
use crate::domain::error::Fault;
use crate::domain::id::ClientId;
use crate::domain::instant::Instant;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::Scope;

const TABLE: Table = Table("clients");

/// Adds a client.
///
/// # Errors
/// A fault when the id is taken or the database fails.
pub fn insert(conn: &mut Conn, client: &Client) -> Result<(), Fault> {
    let row = Row::try_from(client)?;
    either!(conn, conn => diesel::insert_into(clients::table).values(row).execute(conn))
        .attempt("clients: insert")
        .map(drop)
}

/// The client of this id.
///
/// # Errors
/// A fault when the database fails or the row is broken.
pub fn find(conn: &mut Conn, id: &ClientId) -> Result<Option<Client>, Fault> {
    let row: Option<Row> = either!(conn, conn => clients::table.filter(dsl::id.eq(id.as_str())).get_result(conn))
        .optional()
        .attempt("clients: find")?;
    row.map(Client::try_from).transpose()
}

/// Whether there is such a client and it is not switched off: one column, for those who ask at every request.
///
/// # Errors
/// A fault when the database fails.
pub fn is_live(conn: &mut Conn, id: &ClientId) -> Result<bool, Fault> {
    let wanted = clients::table.filter(dsl::id.eq(id.as_str())).select(dsl::disabled_at);
    let row: Option<Option<NaiveDateTime>> =
        either!(conn, conn => wanted.get_result(conn)).optional().attempt("clients: look up")?;
    Ok(row.is_some_and(|disabled_at| disabled_at.is_none()))
}

/// The client of this id with its secrets.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn registration(conn: &mut Conn, id: &ClientId) -> Result<Option<Registration>, Fault> {
    let Some(client) = find(conn, id)? else { return Ok(None) };
    // A public client has none.
    let secrets = if client.is_public() { Vec::new() } else { client_secrets::list(conn, id)? };
    Ok(Some(Registration { client, secrets }))
}

/// Up to `limit` clients in the order of their ids, beginning behind `after`.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn list(conn: &mut Conn, after: Option<&ClientId>, limit: i64) -> Result<Vec<Client>, Fault> {
    let rows: Vec<Row> = either!(conn, conn => clients::table
        .filter(dsl::id.gt(after.map_or("", ClientId::as_str)))
        .order(dsl::id)
        .limit(limit)
        .load(conn))
    .attempt("clients: list")?;
    rows.into_iter().map(Client::try_from).collect()
}

/// Changes what is registered; false when there is no such client. `disabled_at` and `created_at` stay as they are: no
/// registration can switch a client on again.
///
/// # Errors
/// A fault when the database fails.
pub fn update(conn: &mut Conn, client: &Client) -> Result<bool, Fault> {
    let row = Row::try_from(client)?;
    let statement = diesel::update(clients::table.filter(dsl::id.eq(row.id))).set((
        (
            dsl::name.eq(row.name),
            dsl::application_type.eq(row.application_type),
            dsl::auth_method.eq(row.auth_method),
            dsl::redirect_uris.eq(row.redirect_uris),
            dsl::post_logout_redirect_uris.eq(row.post_logout_redirect_uris),
            dsl::grant_types.eq(row.grant_types),
            dsl::scope.eq(row.scope),
            dsl::require_pkce.eq(row.require_pkce),
            dsl::first_party.eq(row.first_party),
            dsl::may_introspect.eq(row.may_introspect),
        ),
        (
            dsl::access_lifetime.eq(row.access_lifetime),
            dsl::code_lifetime.eq(row.code_lifetime),
            dsl::refresh_idle_lifetime.eq(row.refresh_idle_lifetime),
            dsl::refresh_absolute_lifetime.eq(row.refresh_absolute_lifetime),
            dsl::access_token_alg.eq(row.access_token_alg),
            dsl::id_token_alg.eq(row.id_token_alg),
            dsl::userinfo_alg.eq(row.userinfo_alg),
        ),
        (
            dsl::client_uri.eq(row.client_uri),
            dsl::logo_uri.eq(row.logo_uri),
            dsl::policy_uri.eq(row.policy_uri),
            dsl::tos_uri.eq(row.tos_uri),
            dsl::updated_at.eq(row.updated_at),
        ),
    ));
    Portable(statement).execute(conn).attempt("clients: update").map(|rows| rows == 1)
}

/// Switches a client off, or on again with `None`; false when there is no such client.
///
/// # Errors
/// A fault when the database fails.
pub fn set_disabled(conn: &mut Conn, id: &ClientId, at: Option<Instant>, now: Instant) -> Result<bool, Fault> {
    let statement = diesel::update(clients::table.filter(dsl::id.eq(id.as_str())))
        .set((dsl::disabled_at.eq(at.map(moment)), dsl::updated_at.eq(moment(now))));
    Portable(statement).execute(conn).attempt("clients: set disabled").map(|rows| rows == 1)
}

/// Removes a client with its secrets, consents, grants and all that hangs off them; false when there is no such client.
///
/// # Errors
/// A fault when the database fails.
pub fn remove(conn: &mut Conn, id: &ClientId) -> Result<bool, Fault> {
    let statement = diesel::delete(clients::table.filter(dsl::id.eq(id.as_str())));
    Portable(statement).execute(conn).attempt("clients: remove").map(|rows| rows == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = clients, treat_none_as_default_value = false)]
struct Row {
    id: String,
    name: String,
    application_type: String,
    auth_method: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    grant_types: String,
    scope: String,
    require_pkce: bool,
    first_party: bool,
    may_introspect: bool,
    access_lifetime: Option<i64>,
    code_lifetime: Option<i64>,
    refresh_idle_lifetime: Option<i64>,
    refresh_absolute_lifetime: Option<i64>,
    access_token_alg: Option<String>,
    id_token_alg: String,
    userinfo_alg: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    disabled_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl TryFrom<&Client> for Row {
    type Error = Fault;

    fn try_from(client: &Client) -> Result<Self, Fault> {
        let seconds = |span: Option<Duration>| span.map(|span| i64::try_from(span.as_secs()).unwrap_or(i64::MAX));
        let links = client.links.clone();
        Ok(Self {
            id: client.id.as_str().to_owned(),
            name: client.name.clone(),
            application_type: client.application_type.to_string(),
            auth_method: client.auth_method.to_string(),
            redirect_uris: TABLE.to_json("redirect_uris", &client.redirect_uris)?,
            post_logout_redirect_uris: TABLE.to_json("post_logout_redirect_uris", &client.post_logout_redirect_uris)?,
            grant_types: TABLE.to_json("grant_types", &client.grant_types)?,
            scope: client.scope.to_string(),
            require_pkce: client.require_pkce,
            first_party: client.first_party,
            may_introspect: client.may_introspect,
            access_lifetime: seconds(client.lifetimes.access),
            code_lifetime: seconds(client.lifetimes.code),
            refresh_idle_lifetime: seconds(client.lifetimes.refresh_idle),
            refresh_absolute_lifetime: seconds(client.lifetimes.refresh_absolute),
            access_token_alg: client.access_token_alg.map(|alg| alg.to_string()),
            id_token_alg: client.id_token_alg.to_string(),
            userinfo_alg: client.userinfo_alg.map(|alg| alg.to_string()),
            client_uri: links.client_uri,
            logo_uri: links.logo_uri,
            policy_uri: links.policy_uri,
            tos_uri: links.tos_uri,
            disabled_at: client.disabled_at.map(moment),
            created_at: moment(client.created_at),
            updated_at: moment(client.updated_at),
        })
    }
}

impl TryFrom<Row> for Client {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let lifetime = |column, seconds: Option<i64>| {
            seconds
                .map(|s| u64::try_from(s).map(Duration::from_secs).map_err(|why| TABLE.broken(column, why)))
                .transpose()
        };
        let redirect_uris: Vec<RedirectUri> = TABLE.json("redirect_uris", &row.redirect_uris)?;
        Ok(Self {
            id: ClientId::parse(&row.id).map_err(|why| TABLE.broken("id", why))?,
            name: row.name,
            application_type: TABLE.word("application_type", &row.application_type)?,
            auth_method: TABLE.word("auth_method", &row.auth_method)?,
            redirect_uris,
            post_logout_redirect_uris: TABLE.json("post_logout_redirect_uris", &row.post_logout_redirect_uris)?,
            grant_types: TABLE.json("grant_types", &row.grant_types)?,
            scope: Scope::stored(&row.scope),
            require_pkce: row.require_pkce,
            first_party: row.first_party,
            may_introspect: row.may_introspect,
            lifetimes: Lifetimes {
                access: lifetime("access_lifetime", row.access_lifetime)?,
                code: lifetime("code_lifetime", row.code_lifetime)?,
                refresh_idle: lifetime("refresh_idle_lifetime", row.refresh_idle_lifetime)?,
                refresh_absolute: lifetime("refresh_absolute_lifetime", row.refresh_absolute_lifetime)?,
            },
            access_token_alg: TABLE.maybe_word("access_token_alg", row.access_token_alg.as_deref())?,
            id_token_alg: TABLE.word("id_token_alg", &row.id_token_alg)?,
            userinfo_alg: TABLE.maybe_word("userinfo_alg", row.userinfo_alg.as_deref())?,
            links: Links {
                client_uri: row.client_uri,
                logo_uri: row.logo_uri,
                policy_uri: row.policy_uri,
                tos_uri: row.tos_uri,
            },
            disabled_at: row.disabled_at.map(instant),
            created_at: instant(row.created_at),
            updated_at: instant(row.updated_at),
        })
    }
}
