//! CORS (RFC 9700 2.1, ASVS 3.4.2): open where a browser app needs it and no cookie counts, closed everywhere else.

use reqwest::Method;

use crate::house::House;
use crate::house::wire::{ask, post};

const ORIGIN: (&str, &str) = ("origin", "https://app.example");
const OPEN: [(&str, Method); 6] = [
    ("/token", Method::POST),
    ("/revoke", Method::POST),
    ("/userinfo", Method::GET),
    ("/jwks", Method::GET),
    ("/.well-known/openid-configuration", Method::GET),
    ("/.well-known/oauth-authorization-server", Method::GET),
];

#[tokio::test]
async fn the_endpoints_of_browser_apps_answer_any_origin_without_credentials() {
    let house = House::open().await;
    for (path, method) in OPEN {
        let page = ask(&house, method, path, &[ORIGIN]).await;
        assert_eq!(page.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(page.header("access-control-allow-credentials"), "", "{path}");
        assert!(page.header("access-control-expose-headers").contains("www-authenticate"), "{path}");
    }
}

#[tokio::test]
async fn their_preflights_succeed() {
    let house = House::open().await;
    for (path, method) in OPEN {
        let wanted = method.to_string();
        let headers = [
            ORIGIN,
            ("access-control-request-method", wanted.as_str()),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let page = ask(&house, Method::OPTIONS, path, &headers).await;
        assert_eq!((page.status, page.body.as_str()), (204, ""), "{path}");
        assert_eq!(page.header("access-control-allow-origin"), "*", "{path}");
        assert!(page.header("access-control-allow-methods").contains(&wanted), "{path}");
        for name in ["authorization", "content-type"] {
            assert!(page.header("access-control-allow-headers").contains(name), "{path}");
        }
        assert_eq!(page.header("access-control-allow-credentials"), "", "{path}");
    }
}

#[tokio::test]
async fn a_refusal_can_be_read_too() {
    let house = House::open().await;
    for path in ["/token", "/revoke"] {
        let page = post(&house, path, &[ORIGIN], &[("grant_type", "x")]).await;
        assert_eq!((page.status, page.header("access-control-allow-origin")), (401, "*"), "{path}");
    }
}

#[tokio::test]
async fn everything_else_answers_no_other_origin() {
    let house = House::open().await;
    for path in ["/introspect", "/authorize", "/login", "/signup", "/consent", "/account", "/logout", "/", "/readyz"] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let headers = [ORIGIN, ("access-control-request-method", "POST")];
            let page = ask(&house, method.clone(), path, &headers).await;
            for name in ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"]
            {
                assert_eq!(page.header(name), "", "{method} {path} {name}");
            }
        }
    }
}
