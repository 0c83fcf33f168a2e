//! Everything the app asks of its identity provider, through the `openidconnect` crate: the way in, the tokens, who it is, the way out.

use std::{
    error::Error,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AuthenticationFlow, AuthorizationCode,
    ClientId, ClientSecret, CsrfToken, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    LogoutRequest, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken, Scope, SubjectIdentifier, TokenResponse,
    UserInfoClaims, UserInfoError,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGenderClaim,
        CoreGrantType, CoreIdToken, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use super::{AppSettings, http::Http};

const SCOPES: [&str; 5] = ["profile", "email", "offline_access", "articles:read", "articles:write"];

/// How long metadata and keys are used before they are read again. Keys are announced long before they sign.
const METADATA_LIFETIME: Duration = Duration::from_mins(5);

/// What went wrong between the app and its provider, in words for the page.
pub(super) struct ProviderError(pub(super) String);

/// One log-in that a browser has begun.
pub(super) struct Pending {
    pub(super) state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// Somebody who has logged in, and what the app may do for them.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) subject: SubjectIdentifier,
    pub(super) claims: Vec<Row>,
    pub(super) scope: String,
    pub(super) access_token: AccessToken,
    pub(super) expires: Option<Instant>,
    pub(super) refresh_token: Option<RefreshToken>,
    id_token: CoreIdToken,
}

/// A claim as the page shows it.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
}

/// The provider as the settings name it; reached when first needed.
pub(super) struct Provider {
    http: Http,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    post_logout_redirect_uri: PostLogoutRedirectUrl,
    known: Mutex<Option<(Instant, Arc<Known>)>>,
}

/// The provider as its metadata describes it.
struct Known {
    client: CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>,
    extras: Extras,
}

/// What RP-Initiated Logout 1.0 and RFC 9207 add to the metadata.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Extras {
    end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default)]
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

/// The userinfo claims that the standard has no names for, such as the roles.
#[derive(Debug, Deserialize, Serialize)]
struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

impl Provider {
    pub(super) fn new(settings: AppSettings) -> io::Result<Self> {
        Ok(Self {
            http: Http::new()?,
            issuer: IssuerUrl::new(settings.issuer).map_err(io::Error::other)?,
            client_id: ClientId::new(settings.client_id),
            client_secret: ClientSecret::new(settings.client_secret),
            redirect_uri: RedirectUrl::new(settings.redirect_uri).map_err(io::Error::other)?,
            post_logout_redirect_uri: PostLogoutRedirectUrl::new(settings.post_logout_redirect_uri)
                .map_err(io::Error::other)?,
            known: Mutex::new(None),
        })
    }

    async fn known(&self) -> Result<Arc<Known>, ProviderError> {
        let mut slot = self.known.lock().await;
        if let Some((since, known)) = slot.as_ref()
            && since.elapsed() < METADATA_LIFETIME
        {
            return Ok(Arc::clone(known));
        }
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| ProviderError::new("Cardea's metadata could not be read", &error))?;
        let extras = metadata.additional_metadata().clone();
        let secret = Some(self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(metadata, self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect_uri.clone());
        let known = Arc::new(Known { client, extras });
        *slot = Some((Instant::now(), Arc::clone(&known)));
        Ok(known)
    }

    /// Where to send the browser, and what to remember until it comes back.
    pub(super) async fn log_in(&self) -> Result<(Url, Pending), ProviderError> {
        let known = self.known().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = known
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        Ok((url, Pending { state, nonce, verifier }))
    }

    /// RFC 9207 section 2.4: an answer that names another issuer, or none although ours always does, is from somebody else.
    pub(super) async fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError> {
        let promised = self.known().await?.extras.authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.issuer.as_str() => Ok(()),
            Some(iss) => Err(ProviderError(format!("the answer comes from another issuer, {iss}"))),
            None if promised => Err(ProviderError("the answer does not say which issuer it comes from".to_owned())),
            None => Ok(()),
        }
    }

    /// Exchanges the code and verifies what comes back.
    pub(super) async fn finish(&self, pending: Pending, code: String) -> Result<SignedIn, ProviderError> {
        let known = self.known().await?;
        let response = known
            .client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::new("Cardea offers no token endpoint", &error))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(|error| ProviderError::new("the code could not be exchanged", &error))?;
        let id_token = response.id_token().cloned();
        let id_token = id_token.ok_or_else(|| ProviderError("Cardea sent no ID token".to_owned()))?;
        Ok(known.verify(&id_token, response.access_token(), &pending.nonce)?.signed_in(&response, id_token, None))
    }

    /// New tokens for the same person.
    pub(super) async fn refresh(&self, before: &SignedIn) -> Result<SignedIn, ProviderError> {
        let known = self.known().await?;
        let Some(refresh_token) = &before.refresh_token else {
            return Err(ProviderError("there is no refresh token".to_owned()));
        };
        let response = known
            .client
            .exchange_refresh_token(refresh_token)
            .map_err(|error| ProviderError::new("Cardea offers no token endpoint", &error))?
            .request_async(&self.http)
            .await
            .map_err(|error| ProviderError::new("the tokens could not be refreshed", &error))?;
        let Some(id_token) = response.id_token().cloned() else {
            let same = Verified { subject: before.subject.clone(), claims: before.claims.clone() };
            return Ok(same.signed_in(&response, before.id_token.clone(), Some(before)));
        };
        // OpenID Connect Core 1.0 section 12.2: no nonce is due here, but the person MUST be the same.
        let verified = known.verify(&id_token, response.access_token(), |_: Option<&Nonce>| Ok(()))?;
        if verified.subject != before.subject {
            return Err(ProviderError("the new ID token is about somebody else".to_owned()));
        }
        Ok(verified.signed_in(&response, id_token, Some(before)))
    }

    /// What the userinfo endpoint tells about the person.
    pub(super) async fn userinfo(&self, person: &SignedIn) -> Result<Vec<Row>, ProviderError> {
        let known = self.known().await?;
        let claims: UserInfoClaims<OtherClaims, CoreGenderClaim> = known
            .client
            .user_info(person.access_token.clone(), Some(person.subject.clone()))
            .map_err(|error| ProviderError::new("Cardea offers no userinfo endpoint", &error))?
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                UserInfoError::Response(status, body, _) => {
                    ProviderError(format!("userinfo was refused: {status} {}", String::from_utf8_lossy(&body)))
                }
                error => ProviderError::new("userinfo could not be read", &error),
            })?;
        let claims =
            serde_json::to_value(claims).map_err(|error| ProviderError::new("userinfo is unreadable", &error))?;
        Ok(rows(&claims))
    }

    /// Where to send the browser to end the session at the provider as well; `None` when it does not offer that.
    pub(super) async fn log_out(&self, person: &SignedIn) -> Result<Option<(Url, CsrfToken)>, ProviderError> {
        let Some(endpoint) = self.known().await?.extras.end_session_endpoint.clone() else {
            return Ok(None);
        };
        let state = CsrfToken::new_random();
        let request = LogoutRequest::from(endpoint)
            .set_id_token_hint(&person.id_token)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.post_logout_redirect_uri.clone())
            .set_state(state.clone());
        Ok(Some((request.http_get_url(), state)))
    }
}

/// An ID token that passed, as far as the app needs it.
struct Verified {
    subject: SubjectIdentifier,
    claims: Vec<Row>,
}

impl Known {
    /// Signature, issuer, audience, times and nonce are the crate's; that the access token belongs to it (`at_hash`) is asked here.
    fn verify(
        &self,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: impl NonceVerifier,
    ) -> Result<Verified, ProviderError> {
        let verifier = self.client.id_token_verifier();
        let wrong = |error: &dyn Error| ProviderError::new("the ID token does not hold", error);
        let claims = id_token.claims(&verifier, nonce).map_err(|error| wrong(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|error| wrong(&error))?;
            let key = id_token.signing_key(&verifier).map_err(|error| wrong(&error))?;
            let actual = AccessTokenHash::from_token(access_token, algorithm, key).map_err(|error| wrong(&error))?;
            if actual != *expected {
                return Err(ProviderError("the access token is not the one the ID token was made for".to_owned()));
            }
        }
        Ok(Verified { subject: claims.subject().clone(), claims: payload(id_token) })
    }
}

impl Verified {
    /// What is not sent anew on a refresh stays as it was (RFC 6749 sections 5.1 and 6).
    fn signed_in(self, response: &CoreTokenResponse, id_token: CoreIdToken, before: Option<&SignedIn>) -> SignedIn {
        let granted =
            response.scopes().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "));
        let asked = || before.map_or_else(|| format!("openid {}", SCOPES.join(" ")), |before| before.scope.clone());
        SignedIn {
            subject: self.subject,
            claims: self.claims,
            scope: granted.unwrap_or_else(asked),
            access_token: response.access_token().clone(),
            expires: response.expires_in().and_then(|lifetime| Instant::now().checked_add(lifetime)),
            refresh_token: response
                .refresh_token()
                .or(before.and_then(|before| before.refresh_token.as_ref()))
                .cloned(),
            id_token,
        }
    }
}

/// The claims of a verified ID token exactly as they were sent, those without a name in the crate included.
fn payload(id_token: &CoreIdToken) -> Vec<Row> {
    let text = id_token.to_string();
    let decoded = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    rows(&serde_json::from_slice(&decoded).unwrap_or_default())
}

fn rows(claims: &Value) -> Vec<Row> {
    let members = claims.as_object().into_iter().flatten();
    let rows = members.map(|(name, value)| Row {
        name: name.clone(),
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    });
    rows.collect()
}

impl ProviderError {
    fn new(what: &str, error: &dyn Error) -> Self {
        let mut text = format!("{what}: {error}");
        let mut next = error.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        Self(text)
    }
}
