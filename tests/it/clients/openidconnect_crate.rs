//! The `openidconnect` crate goes through everything that Cardea offers it: nothing of it is replaced or patched.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, ProviderMetadata, RedirectUrl,
    RefreshToken, RequestTokenError, RevocationUrl, Scope, StandardErrorResponse, TokenIntrospectionResponse as _,
    TokenResponse as _, http,
};
use serde::{Deserialize, Serialize};

use crate::house::app::answer;
use crate::house::{App, House, Person};

/// What RFC 8414 adds to the metadata that the crate knows by itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Extras {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: RevocationUrl,
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Extras {}

type Metadata = ProviderMetadata<
    Extras,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The crate's way to the network. It revokes at `https` only; here TLS ends before Cardea, as behind a proxy.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let mut request: reqwest::Request = request.try_into()?;
    request.url_mut().set_scheme("http").unwrap();
    let response = crate::house::browser::http().execute(request).await?;
    let mut answer = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    Ok(answer.body(response.bytes().await?.to_vec()).unwrap())
}

/// A client as the metadata describes it. The keys of the JWKS are read with it.
async fn discovered(house: &House, app: &App) -> Client {
    let issuer = IssuerUrl::new(house.issuer.clone()).unwrap();
    let metadata = Metadata::discover_async(issuer, &send).await.unwrap();
    assert!(metadata.additional_metadata().authorization_response_iss_parameter_supported);
    let Extras { introspection_endpoint, revocation_endpoint, .. } = metadata.additional_metadata().clone();
    let mut revocation = revocation_endpoint.url().clone();
    // An `https` URL keeps its port.
    revocation.set_scheme("https").unwrap();
    let secret = app.secret.clone().map(ClientSecret::new);
    CoreClient::from_provider_metadata(metadata, ClientId::new(app.id.clone()), secret)
        .set_introspection_url(introspection_endpoint)
        .set_revocation_url(RevocationUrl::from_url(revocation))
}

/// An app that the crate speaks for, and somebody who uses it.
struct Party<'a> {
    house: &'a House,
    app: App,
    client: Client,
    person: Person,
}

impl<'a> Party<'a> {
    async fn new(house: &'a House, app: App, person: &Person) -> Self {
        let redirect_uri = RedirectUrl::new(app.redirect_uri.clone()).unwrap();
        let client = discovered(house, &app).await.set_redirect_uri(redirect_uri);
        Self { house, app, client, person: person.clone() }
    }

    /// Authorization code with PKCE, in a browser.
    async fn log_in(&self) -> (CoreTokenResponse, Nonce) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = ["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
        let (url, state, nonce) = self
            .client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let mut browser = self.house.browser();
        let first = browser.get(url.as_str()).await;
        let callback = answer(&mut browser, &self.person, first).await.callback();
        assert_eq!(&callback["state"], state.secret());
        assert_eq!(callback["iss"], self.house.issuer);
        let code = AuthorizationCode::new(callback["code"].clone());
        let request = self.client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        (request.request_async(&send).await.unwrap(), nonce)
    }

    /// The claims of an ID token that holds: signature, issuer, audience, times, nonce and `at_hash`.
    fn verified<'t>(&self, id_token: &'t CoreIdToken, access: &AccessToken, nonce: &Nonce) -> &'t CoreIdTokenClaims {
        let verifier = self.client.id_token_verifier();
        let claims = id_token.claims(&verifier, nonce).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&self.hash(id_token, access)));
        claims
    }

    fn hash(&self, id_token: &CoreIdToken, access: &AccessToken) -> AccessTokenHash {
        let verifier = self.client.id_token_verifier();
        let key = id_token.signing_key(&verifier).unwrap();
        AccessTokenHash::from_token(access, id_token.signing_alg().unwrap(), key).unwrap()
    }

    async fn is_active(&self, token: &str) -> bool {
        let token = AccessToken::new(token.to_owned());
        self.client.introspect(&token).request_async(&send).await.unwrap().active()
    }

    async fn refresh(
        &self,
        token: &RefreshToken,
    ) -> Result<CoreTokenResponse, RequestTokenError<reqwest::Error, StandardErrorResponse<CoreErrorResponseType>>>
    {
        self.client.exchange_refresh_token(token).unwrap().request_async(&send).await
    }
}

#[tokio::test]
async fn the_crate_verifies_id_tokens_of_every_algorithm() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let apps = [
        (house.app("plain"), CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        (house.app_with("curve", &["--id-token-alg", "ES256"]), CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        (house.app_with("edwards", &["--id-token-alg", "EdDSA"]), CoreJwsSigningAlgorithm::EdDsa),
        (house.app_with("public", &["--public"]), CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
    ];
    for (app, algorithm) in apps {
        let party = Party::new(&house, app, &person).await;
        let (tokens, nonce) = party.log_in().await;
        let id_token = tokens.id_token().unwrap();
        assert_eq!(id_token.signing_alg().unwrap(), &algorithm, "{}", party.app.id);
        let claims = party.verified(id_token, tokens.access_token(), &nonce);
        assert_eq!(claims.subject().as_str(), person.id);
        assert_eq!(claims.issuer().as_str(), house.issuer);
        assert!(claims.auth_time().is_some());
        // What was verified is bound to this log-in and this access token, and to no other.
        let verifier = party.client.id_token_verifier();
        let wrong = id_token.claims(&verifier, &Nonce::new("another".to_owned()));
        assert!(matches!(wrong, Err(ClaimsVerificationError::InvalidNonce(_))), "{wrong:?}");
        let (others, _) = party.log_in().await;
        assert_ne!(claims.access_token_hash(), Some(&party.hash(id_token, others.access_token())));
    }
}

#[tokio::test]
async fn the_crate_lives_with_its_tokens_until_it_revokes_them() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let party = Party::new(&house, house.app("relying"), &person).await;
    let (tokens, _) = party.log_in().await;
    let scopes: Vec<&str> = tokens.scopes().unwrap().iter().map(|scope| scope.as_str()).collect();
    assert_eq!(scopes.len(), 4, "{scopes:?}");

    let request = party.client.user_info(tokens.access_token().clone(), None).unwrap();
    let userinfo: CoreUserInfoClaims = request.request_async(&send).await.unwrap();
    assert_eq!(userinfo.subject().as_str(), person.id);
    assert_eq!(userinfo.email().unwrap().as_str(), person.email);
    assert_eq!(userinfo.name().unwrap().get(None).unwrap().as_str(), person.name);

    let introspected = party.client.introspect(tokens.access_token()).request_async(&send).await.unwrap();
    assert!(introspected.active());
    assert_eq!(introspected.sub(), Some(person.id.as_str()));
    assert_eq!(introspected.client_id().unwrap().as_str(), party.app.id);

    let first = tokens.refresh_token().unwrap();
    let refreshed = party.refresh(first).await.unwrap();
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    let second = refreshed.refresh_token().unwrap().clone();
    assert_ne!(second.secret(), first.secret());
    let anew = refreshed.id_token().expect("an ID token comes with a refresh");
    let verifier = party.client.id_token_verifier();
    let claims = anew.claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap();
    assert_eq!(claims.subject().as_str(), person.id);
    assert_eq!(claims.access_token_hash(), Some(&party.hash(anew, refreshed.access_token())));

    assert!(party.is_active(refreshed.access_token().secret()).await);
    party
        .client
        .revoke_token(refreshed.access_token().clone().into())
        .unwrap()
        .request_async(&send)
        .await
        .expect("an access token is revoked");
    assert!(!party.is_active(refreshed.access_token().secret()).await);
    assert!(party.is_active(second.secret()).await, "the refresh token outlives its access token");
    party
        .client
        .revoke_token(second.clone().into())
        .unwrap()
        .request_async(&send)
        .await
        .expect("a refresh token is revoked");
    assert!(!party.is_active(second.secret()).await);
    match party.refresh(&second).await {
        Err(RequestTokenError::ServerResponse(refused)) => {
            assert_eq!(refused.error(), &CoreErrorResponseType::InvalidGrant);
        }
        other => panic!("a revoked refresh token must be refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_crate_gets_tokens_for_a_machine() {
    let house = House::open().await;
    let machine = house.app_with("machine", &["--grant", "client_credentials", "--scope", "articles:read"]);
    let client = discovered(&house, &machine).await;
    let request = client.exchange_client_credentials().unwrap().add_scope(Scope::new("articles:read".to_owned()));
    let tokens = request.request_async(&send).await.unwrap();
    assert!(tokens.refresh_token().is_none() && tokens.id_token().is_none());
    assert!(tokens.expires_in().is_some());
    let introspected = client.introspect(tokens.access_token()).request_async(&send).await.unwrap();
    assert!(introspected.active());
    assert_eq!(introspected.client_id().unwrap().as_str(), "machine");

    let asked = client.exchange_client_credentials().unwrap().add_scope(Scope::new("articles:write".to_owned()));
    match asked.request_async(&send).await {
        Err(RequestTokenError::ServerResponse(refused)) => {
            assert_eq!(refused.error(), &CoreErrorResponseType::InvalidScope);
        }
        other => panic!("a scope beyond the registration must be refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_crate_reads_why_a_code_is_refused() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let party = Party::new(&house, house.app("relying"), &person).await;
    let code = party.app.code(&house, &person).await;
    // Another attempt's verifier.
    let (_, verifier) = PkceCodeChallenge::new_random_sha256();
    let exchange = party.client.exchange_code(AuthorizationCode::new(code)).unwrap().set_pkce_verifier(verifier);
    match exchange.request_async(&send).await {
        Err(RequestTokenError::ServerResponse(refused)) => {
            assert_eq!(refused.error(), &CoreErrorResponseType::InvalidGrant);
            assert!(refused.error_description().is_some());
        }
        other => panic!("a wrong verifier must be refused: {other:?}"),
    }
}
