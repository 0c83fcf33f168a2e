//! One wrapper for statements that diesel's connection enum does not know by itself, and for keeping them prepared.

use diesel::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::{pg::Pg, sqlite::Sqlite};

use super::connection::{Conn, MultiBackend};

/// A statement that is built for whichever database is connected: `ON CONFLICT` compiles only this way.
///
/// It also stays prepared. diesel prepares every UPDATE and every upsert anew, because their text depends on which
/// fields are set; the cache is keyed by that very text, so that keeping them is safe as long as the texts are few.
pub(super) struct Portable<Q>(pub(super) Q);

impl<Q> QueryFragment<MultiBackend> for Portable<Q>
where
    Q: QueryFragment<Sqlite> + QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryId> QueryId for Portable<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q> RunQueryDsl<Conn> for Portable<Q> {}
