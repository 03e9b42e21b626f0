//! The token endpoint of Microsoft Entra: `POST /TENANT/oauth2/v2.0/token`, client credentials grant.
//!
//! Errors have the form and the codes that are public for Entra; which of two mistakes in one request
//! is told is the emulator's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

use crate::server::{Server, guid};

/// The path after the tenant.
pub(crate) const TOKEN: &str = "/oauth2/v2.0/token";

/// An application that may ask for tokens. No `Debug`: the secret is written nowhere.
#[derive(Clone)]
pub(crate) struct Application {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route(&format!("/{{tenant}}{TOKEN}"), post(token))
        .with_state(server)
}

/// Why there is no token.
struct Refusal {
    status: StatusCode,
    /// The error of OAuth 2.
    error: &'static str,
    /// The number after `AADSTS`.
    code: u32,
    text: String,
}

impl Refusal {
    fn request(code: u32, text: String) -> Self {
        Self::bad(code, "invalid_request", text)
    }

    fn bad(code: u32, error: &'static str, text: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            code,
            text,
        }
    }

    fn client(code: u32, text: String) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::bad(code, "invalid_client", text)
        }
    }
}

async fn token(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    server.wait().await;
    let settings = &server.settings;
    let known = |known: &String| known.eq_ignore_ascii_case(&tenant);
    if !settings.entra_tenants.iter().any(known) {
        return Err(Refusal::request(
            90002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            ),
        ));
    }
    let form = Form::of(&headers, &body)?;
    let grant = form.required("grant_type")?;
    if grant != "client_credentials" {
        return Err(Refusal::bad(
            70003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let client_id = form.required("client_id")?;
    let application = settings
        .applications
        .iter()
        .find(|application| application.client_id.eq_ignore_ascii_case(client_id))
        .ok_or_else(|| {
            Refusal::bad(
                700_016,
                "unauthorized_client",
                format!(
                    "Application with identifier '{client_id}' was not found in the directory \
                     '{tenant}'."
                ),
            )
        })?;
    let scope = form.required("scope")?;
    if scope != settings.scope {
        return Err(Refusal::bad(
            70011,
            "invalid_scope",
            format!(
                "The provided value for the input parameter 'scope' isn't valid. The scope {scope} \
                 isn't valid."
            ),
        ));
    }
    let Some(secret) = form.get("client_secret") else {
        return Err(Refusal::client(
            7_000_216,
            String::from(
                "'client_assertion', 'client_secret' or 'request' is required for the \
                 'client_credentials' grant type.",
            ),
        ));
    };
    if secret != application.client_secret {
        return Err(Refusal::client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is \
                 the client secret value, not the client secret ID, for a secret added to app \
                 '{}'.",
                application.client_id
            ),
        ));
    }
    let lifetime = server.tokens.lifetime().as_secs();
    let answer = json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": server.tokens.give(),
    });
    Ok(json_answer(StatusCode::OK, &answer))
}

struct Form(Vec<(String, String)>);

impl Form {
    fn of(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let media = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok()?.split(';').next())
            .unwrap_or_default();
        // Another body is read as a form without parameters: the first one is missing.
        let is_form = media
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let form = if is_form {
            form_urlencoded::parse(body).into_owned().collect()
        } else {
            Vec::new()
        };
        for (at, (name, _)) in form.iter().enumerate() {
            let earlier: &[(String, String)] = &form[..at];
            if earlier.iter().any(|(other, _)| other == name) {
                return Err(Refusal::request(
                    9_000_411,
                    format!(
                        "The request is not properly formatted. The parameter '{name}' is \
                         duplicated."
                    ),
                ));
            }
        }
        Ok(Self(form))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(parameter, value)| parameter == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::request(
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        static ERRORS: AtomicU64 = AtomicU64::new(0);
        let Self {
            status,
            error,
            code,
            text,
        } = self;
        let seed = ERRORS.fetch_add(1, Ordering::Relaxed);
        let (trace, correlation) = (guid(seed), guid(!seed));
        let now = timestamp(OffsetDateTime::now_utc());
        let description = format!(
            "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
        );
        let answer = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        json_answer(status, &answer)
    }
}

/// `2026-11-22 08:17:17Z`.
fn timestamp(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = at.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02}Z", at.date())
}

fn json_answer(status: StatusCode, answer: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store, no-cache"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, answer.to_string()).into_response()
}
