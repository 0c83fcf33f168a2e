//! One wrapper for statements that diesel's connection enum does not know by itself, and for keeping them prepared.

use diesel::QueryResult;
use diesel::internal::derives::multiconnection::AstPassHelper as _;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, QueryBuilder as _, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};

use super::connection::{Conn, MultiBackend};

/// A statement that is built for whichever database is connected: `ON CONFLICT` compiles only this way.
///
/// It also stays prepared. diesel prepares every UPDATE and every upsert anew, because their text depends on which
/// fields are set; its cache is keyed by that very text, so that keeping them is safe as long as the texts are few.
pub(super) struct Portable<Q>(pub(super) Q);

impl<Q> QueryFragment<MultiBackend> for Portable<Q>
where
    Q: QueryFragment<Sqlite> + QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if pass.bind_collector().is_some() || pass.debug_binds().is_some() {
            return MultiBackend::walk_variant_ast(&self.0, pass);
        }
        // Written out here and pushed as text, so that the statement has no say in whether it may be kept prepared.
        let text = match pass.backend() {
            MultiBackend::Sqlite(backend) => {
                let mut text = SqliteQueryBuilder::default();
                QueryFragment::<Sqlite>::to_sql(&self.0, &mut text, backend)?;
                text.finish()
            }
            MultiBackend::Postgres(backend) => {
                let mut text = PgQueryBuilder::default();
                QueryFragment::<Pg>::to_sql(&self.0, &mut text, backend)?;
                text.finish()
            }
        };
        pass.push_sql(&text);
        Ok(())
    }
}

impl<Q: QueryId> QueryId for Portable<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q> RunQueryDsl<Conn> for Portable<Q> {}
