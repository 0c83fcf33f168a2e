//! The actix extractors: a verified token, a token with a scope, a token of somebody with a role.
//! They look for a `web::Data<Guard>` among the app data and verify a request's token once, however many of them a handler takes.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use futures_util::future::LocalBoxFuture;

use super::{
    Guard,
    refusal::{Refusal, Why},
    token::AccessToken,
};

/// A scope that an endpoint asks for.
pub trait RequiredScope: 'static {
    /// One scope, or several separated by spaces when all are needed.
    const SCOPE: &'static str;
}

/// The roles of which an endpoint asks for one.
pub trait RequiredRole: 'static {
    /// Any of these will do.
    const ROLES: &'static [&'static str];
}

/// A verified access token from the `Authorization` header, the only place where one is looked for.
#[derive(Debug, Clone)]
pub struct Bearer(Arc<AccessToken>);

/// A verified access token that grants `S::SCOPE`.
pub struct Scoped<S: RequiredScope> {
    token: Arc<AccessToken>,
    scope: PhantomData<fn() -> S>,
}

/// A verified access token of somebody who has one of `R::ROLES`.
pub struct HasRole<R: RequiredRole> {
    token: Arc<AccessToken>,
    role: PhantomData<fn() -> R>,
}

impl Deref for Bearer {
    type Target = AccessToken;
    fn deref(&self) -> &AccessToken {
        &self.0
    }
}

impl<S: RequiredScope> Deref for Scoped<S> {
    type Target = AccessToken;
    fn deref(&self) -> &AccessToken {
        &self.token
    }
}

impl<R: RequiredRole> Deref for HasRole<R> {
    type Target = AccessToken;
    fn deref(&self) -> &AccessToken {
        &self.token
    }
}

impl FromRequest for Bearer {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard_of(&request)?;
            Ok(Self(verified(&request, &guard).await?))
        })
    }
}

impl<S: RequiredScope> FromRequest for Scoped<S> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard_of(&request)?;
            let token = verified(&request, &guard).await?;
            if !token.has_scope(S::SCOPE) {
                return Err(guard.refuse(Why::Scope(S::SCOPE)));
            }
            Ok(Self { token, scope: PhantomData })
        })
    }
}

impl<R: RequiredRole> FromRequest for HasRole<R> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard_of(&request)?;
            let token = verified(&request, &guard).await?;
            if !token.has_any_role(R::ROLES) {
                return Err(guard.refuse(Why::Role(R::ROLES)));
            }
            Ok(Self { token, role: PhantomData })
        })
    }
}

fn guard_of(request: &HttpRequest) -> Result<Guard, Refusal> {
    let Some(guard) = request.app_data::<web::Data<Guard>>() else {
        tracing::error!("a protected endpoint was asked for, but no web::Data<Guard> is among the app data");
        return Err(Refusal::new("", Why::NoGuard));
    };
    Ok(guard.get_ref().clone())
}

/// What was verified for this request already, and by which guard.
struct Verified {
    by: Guard,
    token: Arc<AccessToken>,
}

async fn verified(request: &HttpRequest, guard: &Guard) -> Result<Arc<AccessToken>, Refusal> {
    let known =
        request.extensions().get::<Verified>().filter(|known| known.by.is(guard)).map(|known| Arc::clone(&known.token));
    if let Some(token) = known {
        return Ok(token);
    }
    let presented = presented(request).map_err(|why| guard.refuse(why))?;
    let token = Arc::new(guard.verify(presented).await?);
    request.extensions_mut().insert(Verified { by: guard.clone(), token: Arc::clone(&token) });
    Ok(token)
}

/// RFC 6750 section 2.1. The ways of sections 2.2 and 2.3 (form body, query) leak into logs and are not offered.
fn presented(request: &HttpRequest) -> Result<&str, Why> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = headers.next() else {
        return Err(Why::NoToken);
    };
    if headers.next().is_some() {
        return Err(Why::BadRequest("there is more than one Authorization header"));
    }
    let text = value.to_str().map_err(|_| Why::BadRequest("the Authorization header is malformed"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    // RFC 6750 section 3.1: another scheme counts as no authentication information. RFC 9110 section 11.1: schemes ignore case.
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Why::NoToken);
    }
    let token = token.trim_matches(' ');
    if token.is_empty() {
        return Err(Why::BadRequest("the Authorization header holds no token"));
    }
    Ok(token)
}
