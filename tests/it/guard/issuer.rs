//! A throwaway issuer: discovery, a JWKS of three generated keys, and tokens as wrong as a test wants them.
//! Also compiled into the library's unit tests, hence without Cardea's own modules.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp, jwk::Jwk};
use serde_json::{Value, json};

pub const AUDIENCE: &str = "https://api.test";

/// A private key and its place in the JWKS.
pub struct SigningKey {
    pub id: String,
    pub algorithm: Algorithm,
    pub private: EncodingKey,
    pub jwk: Value,
}

impl SigningKey {
    pub fn generate(id: &str, algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        let private = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_der(
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref(),
            ),
            Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&random).unwrap().as_ref()),
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                let der: Pkcs8V1Der = pair.as_der().unwrap();
                // jsonwebtoken wants the RSAPrivateKey, which PKCS #8 wraps in 26 bytes for this size.
                EncodingKey::from_rsa_der(&der.as_ref()[26..])
            }
            other => panic!("no key for {other:?}"),
        };
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&private, algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        Self { id: id.to_owned(), algorithm, private, jwk }
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.id.clone());
        header
    }

    pub fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.private).unwrap()
    }
}

/// What the issuer answers and how often it was asked for its keys; shared with its server.
pub struct Published {
    pub keys: Mutex<Vec<Value>>,
    pub issuer: Mutex<String>,
    pub up: AtomicBool,
    pub asked: AtomicUsize,
}

pub struct Issuer {
    pub url: String,
    pub rs256: SigningKey,
    pub es256: SigningKey,
    pub eddsa: SigningKey,
    pub published: Arc<Published>,
    server: ServerHandle,
}

impl Issuer {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let rs256 = SigningKey::generate("rsa", Algorithm::RS256);
        let es256 = SigningKey::generate("ec", Algorithm::ES256);
        let eddsa = SigningKey::generate("ed", Algorithm::EdDSA);
        let published = Arc::new(Published {
            keys: Mutex::new(vec![rs256.jwk.clone(), es256.jwk.clone(), eddsa.jwk.clone()]),
            issuer: Mutex::new(url.clone()),
            up: AtomicBool::new(true),
            asked: AtomicUsize::new(0),
        });
        let shared = web::Data::from(Arc::clone(&published));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/openid-configuration", web::get().to(metadata))
                .route("/jwks", web::get().to(jwks))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, rs256, es256, eddsa, published, server: handle }
    }

    /// What Cardea would put into a token for an author.
    pub fn claims(&self) -> Value {
        let now = get_current_timestamp();
        json!({
            "iss": self.url, "sub": "user-1", "client_id": "app-1", "jti": "token-1", "aud": AUDIENCE,
            "iat": now, "nbf": now, "exp": now + 600,
            "scope": "openid articles:read articles:write", "roles": ["author"],
        })
    }

    /// The same with some claims replaced (`null` removes one).
    pub fn claims_with(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        let members = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => members.remove(name),
                value => members.insert(name.clone(), value.clone()),
            };
        }
        claims
    }

    pub fn asked(&self) -> usize {
        self.published.asked.load(Ordering::SeqCst)
    }

    pub fn set_up(&self, up: bool) {
        self.published.up.store(up, Ordering::SeqCst);
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn metadata(published: web::Data<Published>) -> HttpResponse {
    if !published.up.load(Ordering::SeqCst) {
        return HttpResponse::InternalServerError().finish();
    }
    let issuer = published.issuer.lock().unwrap().clone();
    HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") }))
}

async fn jwks(published: web::Data<Published>) -> HttpResponse {
    published.asked.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().json(json!({ "keys": *published.keys.lock().unwrap() }))
}
