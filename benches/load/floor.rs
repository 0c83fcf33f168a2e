//! The floor: what actix-web alone can do on this machine. A process of its own with the same number of workers; one handler
//! parses the form of a token request, signs once and answers 1 KB, the other answers as many bytes as the JWKS has.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use actix_web::web::{self, Bytes, Data, Form};
use actix_web::{App, HttpResponse, HttpServer};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Trouble;

/// The size of the signed answer, in bytes.
const ANSWER: usize = 1024;

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    scope: String,
}

/// The key, parsed once.
struct Floor {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    document: Bytes,
}

/// Serves until the process is ended.
pub fn serve(port: u16, document: usize) -> Result<(), Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| Trouble::of("listening", error))?;
    let random = SystemRandom::new();
    let unusable = |_| Trouble::new("the floor's key cannot be made");
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(unusable)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref())
        .map_err(|error| Trouble::of("the floor's key", error))?;
    let floor = Data::from(Arc::new(Floor { pair, random, document: Bytes::from(vec![b'x'; document]) }));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let server = HttpServer::new(move || {
        App::new().app_data(floor.clone()).route("/token", web::post().to(signed)).route("/jwks", web::get().to(bare))
    });
    let server = server.workers(workers).listen(listener).map_err(|error| Trouble::of("listening", error))?;
    actix_web::rt::System::new().block_on(server.run()).map_err(|error| Trouble::of("serving", error))
}

async fn signed(form: Form<TokenRequest>, floor: Data<Floor>) -> HttpResponse {
    let mut answer = format!("{{\"access_token\":\"{}.{}.", form.grant_type, form.scope);
    let Ok(signature) = floor.pair.sign(&floor.random, answer.as_bytes()) else {
        return HttpResponse::InternalServerError().finish();
    };
    URL_SAFE_NO_PAD.encode_string(signature, &mut answer);
    answer.extend(std::iter::repeat_n('x', ANSWER.saturating_sub(answer.len() + 2)));
    answer.push_str("\"}");
    HttpResponse::Ok().content_type("application/json").body(answer)
}

async fn bare(floor: Data<Floor>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(floor.document.clone())
}
