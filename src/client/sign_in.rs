//! Whom a client signs in as: what the endpoint asks for, joined with what the caller gave; and why a server said no.

use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::failure::failed;
use super::{CONNECT_TIMEOUT, settings};
use crate::channel::{excerpt, sentence};
use crate::endpoint::{BUSINESS_CENTRAL_ONLINE, CredentialType, Endpoint, Service, is_loopback};
use crate::error::{Error, ErrorKind};
use crate::http::{
    Authorization, Bearer, Grant, Reason, Response, Settings, TokenFailure, Tokens, WindowsSignIn,
    is_token,
};
use crate::secret::Secret;
use crate::tenant::TenantId;

/// A user name and what proves it.
///
/// For an endpoint of type [`CredentialType::NavUserPassword`] the password is the user's or a web-service access key; of
/// type [`CredentialType::Windows`] the Windows user's (`DOMAIN\user` or `user@domain`); of type
/// [`CredentialType::OAuth`] the user name is the id of an app registration and the password its secret.
#[derive(Clone, Debug)]
pub struct Credential {
    user_name: String,
    password: Secret,
}

impl Credential {
    /// A credential from both parts.
    #[must_use]
    pub fn new(user_name: impl Into<String>, password: Secret) -> Self {
        Self {
            user_name: user_name.into(),
            password,
        }
    }
}

/// What the caller gave to sign in with.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) credential: Option<Credential>,
    pub(super) access_token: Option<Secret>,
    pub(super) allow_unencrypted: bool,
}

/// How connections and requests sign in.
#[derive(Debug)]
pub(super) struct SignIn {
    pub(super) authorization: Authorization,
    pub(super) bearer: Bearer,
}

impl SignIn {
    /// What `endpoint` asks for, with what the caller gave.
    pub(super) fn new(
        endpoint: &Endpoint,
        address: &Url,
        tenant: Option<&TenantId>,
        given: Given,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let Given {
            credential,
            access_token,
            allow_unencrypted,
        } = given;
        let sign_in = match (endpoint.credential_type, credential, access_token) {
            (_, Some(_), Some(_)) => {
                return Err(Error::new(
                    ErrorKind::CredentialNotAccepted,
                    "A credential and an access token were given, and one of them signs in.",
                )
                .with_advice("Give either -Credential or -AccessToken."));
            }
            (CredentialType::None, None, None) => {
                return Ok(Self::of_connection(Authorization::None));
            }
            (CredentialType::None, None, Some(_)) => {
                return Err(Error::new(
                    ErrorKind::CredentialNotAccepted,
                    "An access token was given, and the endpoint's credential type is None, which sends none.",
                )
                .with_advice(
                    "Leave -AccessToken out, or register the endpoint again with credential type OAuth.",
                ));
            }
            (CredentialType::None, Some(_), None) => {
                return Err(Error::new(
                    ErrorKind::CredentialNotAccepted,
                    "A credential was given, and the endpoint's credential type is None, which sends none.",
                ));
            }
            (CredentialType::Windows, credential, None) => {
                let user = credential.map(|user| (user.user_name, user.password));
                let here = WindowsSignIn::here();
                can_sign_in(here, user.is_some(), endpoint.ntlm)?;
                if let Some((user_name, password)) = &user
                    && !here.sspi
                    && !(user_name.is_ascii() && password.expose().is_ascii())
                {
                    // libcurl's NTLM garbles them, and the server would count a wrong password.
                    return Err(Error::new(
                        ErrorKind::SignInNotAvailable,
                        "The user name or the password has letters beyond ASCII, which libcurl's NTLM cannot sign in with.",
                    )
                    .with_advice(KINIT));
                }
                // Neither Kerberos nor NTLM shows the password to whoever reads along.
                return Ok(Self::of_connection(Authorization::Windows {
                    user,
                    ntlm: endpoint.ntlm,
                }));
            }
            (CredentialType::NavUserPassword, None, None) => {
                return Err(Error::new(
                    ErrorKind::CredentialRequired,
                    "The endpoint's credential type is NavUserPassword, and no credential was given.",
                ));
            }
            (
                CredentialType::NavUserPassword,
                Some(Credential {
                    user_name,
                    password,
                }),
                None,
            ) => Self::of_connection(Authorization::Basic {
                user_name,
                password,
            }),
            (CredentialType::Windows | CredentialType::NavUserPassword, None, Some(_)) => {
                return Err(Error::new(
                    ErrorKind::CredentialNotAccepted,
                    format!(
                        "An access token was given, and the endpoint's credential type is {:?}, which takes none.",
                        endpoint.credential_type
                    ),
                )
                .with_advice(
                    "Leave -AccessToken out, or register the endpoint again with credential type OAuth.",
                ));
            }
            (CredentialType::OAuth, None, Some(token)) => {
                if !is_token(token.expose()) {
                    return Err(Error::new(
                        ErrorKind::CredentialNotAccepted,
                        "The access token is empty or has a character that no token has, such as a blank or the end of a \
                         line.",
                    )
                    .with_advice("Give the token alone, without quotes, the word Bearer, or a line break."));
                }
                Self::of_requests(Bearer::Given(token))
            }
            (CredentialType::OAuth, Some(credential), None) => {
                let tokens = tokens(endpoint, address, tenant, credential, timeout)?;
                Self::of_requests(Bearer::Granted(tokens))
            }
            (CredentialType::OAuth, None, None) => {
                let app = match &endpoint.client_id {
                    Some(id) => format!("the user name {id}"),
                    None => "the app's client id as user name".to_owned(),
                };
                return Err(Error::new(
                    ErrorKind::CredentialRequired,
                    "The endpoint's credential type is OAuth, and neither a credential nor an access token was given.",
                )
                .with_advice(format!(
                    "Give -Credential with {app} and the client secret as password, or -AccessToken."
                )));
            }
        };
        if address.scheme() == "http" && !is_loopback(address) && !allow_unencrypted {
            let what = match sign_in.bearer {
                Bearer::None => "password",
                _ => "access token",
            };
            return Err(Error::new(
                ErrorKind::UnencryptedAuthentication,
                format!("The {what} would go to {address} unencrypted, so nothing was sent."),
            ));
        }
        Ok(sign_in)
    }

    fn of_connection(authorization: Authorization) -> Self {
        Self {
            authorization,
            bearer: Bearer::None,
        }
    }

    fn of_requests(bearer: Bearer) -> Self {
        Self {
            authorization: Authorization::None,
            bearer,
        }
    }
}

/// Whether this computer can sign in to Windows servers as asked, before anything is sent.
fn can_sign_in(here: WindowsSignIn, has_password: bool, ntlm_alone: bool) -> Result<(), Error> {
    if here.sspi {
        return Ok(());
    }
    if !has_password && ntlm_alone {
        return Err(Error::new(
            ErrorKind::CredentialRequired,
            "The endpoint's server offers NTLM alone, for which this computer needs a user name and a password.",
        )
        .with_advice("Give -Credential with DOMAIN\\user and the password."));
    }
    if !has_password && !here.kerberos {
        return Err(Error::new(
            ErrorKind::SignInNotAvailable,
            "Signing in as the user who is logged on needs Kerberos, which the libcurl of this computer is built without.",
        )
        .with_advice(
            "Install a libcurl with GSSAPI, or give -Credential to sign in by NTLM where the server offers it.",
        ));
    }
    if has_password && !here.ntlm {
        return Err(Error::new(
            ErrorKind::SignInNotAvailable,
            "Signing in with a user name and a password needs NTLM, which the libcurl of this computer is built without.",
        )
        .with_advice(KINIT));
    }
    Ok(())
}

fn tokens(
    endpoint: &Endpoint,
    address: &Url,
    tenant: Option<&TenantId>,
    credential: Credential,
    timeout: Duration,
) -> Result<Tokens, Error> {
    let invalid = |fault: String| Error::new(ErrorKind::InvalidEndpoint, fault);
    if let Some(client_id) = &endpoint.client_id
        && !client_id.eq_ignore_ascii_case(&credential.user_name)
    {
        return Err(Error::new(
            ErrorKind::CredentialNotAccepted,
            format!(
                "The credential's user name is '{}', and the endpoint's client id is {client_id}.",
                credential.user_name
            ),
        )
        .with_advice(format!(
            "Give -Credential with the user name {client_id} and the client secret as password."
        )));
    }
    let named =
        tenant.filter(|tenant| endpoint.service == Service::AdminCenter && !tenant.is_default());
    let entra_tenant = named
        .map(TenantId::as_str)
        .or(endpoint.entra_tenant.as_deref())
        .ok_or_else(|| {
            invalid(
                "The endpoint names no Microsoft Entra tenant, and a token is asked for at one."
                    .to_owned(),
            )
            .with_advice("Register the endpoint again with -EntraTenant, or give an -AccessToken.")
        })?;
    let is_online = endpoint.service == Service::AdminCenter
        || Url::parse(BUSINESS_CENTRAL_ONLINE)
            .is_ok_and(|online| online.origin() == address.origin());
    let scope = match &endpoint.token_scope {
        Some(scope) => scope.clone(),
        None if is_online => format!("{BUSINESS_CENTRAL_ONLINE}/.default"),
        None => {
            return Err(invalid(
                "The endpoint names no scope, and a token for a server of one's own is asked for by its scope."
                    .to_owned(),
            )
            .with_advice(
                "Register the endpoint again with -TokenScope, such as api://CLIENT-ID/.default, or give an \
                 -AccessToken.",
            ));
        }
    };
    let authority = endpoint.authority()?;
    let grant = Grant {
        url: format!(
            "{}/{}/oauth2/v2.0/token",
            authority.as_str().trim_end_matches('/'),
            utf8_percent_encode(entra_tenant, NAME)
        ),
        client_id: credential.user_name,
        client_secret: credential.password,
        scope,
    };
    // What the endpoint trusts for its own server is not trusted with the secret.
    let settings = Settings {
        timeout,
        connect_timeout: CONNECT_TIMEOUT.min(timeout),
        ..settings(&authority)
    };
    Ok(Tokens::new(grant, Arc::new(settings)))
}

/// What does not stand as it is in an Entra tenant's id or domain is escaped.
const NAME: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');

const KINIT: &str = "Get a Kerberos ticket with `kinit USER@REALM` and leave -Credential out, which then signs in as that \
                     user.";

/// Says more of a sign-in that was not accepted: what the server asks for, what the system said, and what to do.
pub(super) fn explain(
    error: Error,
    response: &Response,
    authorization: &Authorization,
    bearer: &Bearer,
    host: &str,
) -> Error {
    if error.kind() != ErrorKind::Unauthorized {
        return error;
    }
    let offered: Vec<&str> = response
        .headers_named("www-authenticate")
        .flat_map(|value| value.split(','))
        .map(|part| part.trim().split([' ', '=']).next().unwrap_or_default())
        .filter(|name| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .collect();
    let offers = |scheme: &str| offered.iter().any(|name| name.eq_ignore_ascii_case(scheme));
    let mut message = error.to_string();
    if !offered.is_empty() {
        message.push_str(&format!(" The server takes {}.", offered.join(", ")));
    }
    if let Some(words) = bearer_words(response) {
        message.push_str(&format!(" It says: {}", sentence(&words)));
    }
    let advice = match (authorization, bearer) {
        (Authorization::Windows { user: None, .. }, _) if offers("Negotiate") => {
            match &response.sign_in_failure {
                Some(words) if !is_answered(response) => {
                    message.push_str(&format!(" No Kerberos ticket could be had: {}", sentence(words)));
                    kerberos_advice(words, host)
                }
                words => {
                    message.push_str(" The Kerberos ticket was sent and not accepted");
                    match words {
                        Some(words) => message.push_str(&format!(": {}", sentence(words))),
                        None => message.push('.'),
                    }
                    format!(
                        "Check that the user is one of the server instance, that the service principal name HTTP/{host} \
                         belongs to the account the server runs as and to no other, and that the clocks agree to five \
                         minutes."
                    )
                }
            }
        }
        (Authorization::Windows { user: None, .. }, _) if offers("NTLM") => {
            "The server offers NTLM and no Kerberos. Give -Credential with DOMAIN\\user and the password.".to_owned()
        }
        (Authorization::Windows { user: Some(_), .. }, _) if offers("NTLM") => {
            "Check the user name (DOMAIN\\user) and the password, and that the user is one of the server instance."
                .to_owned()
        }
        (Authorization::Windows { user: Some(_), .. }, _)
            if offers("Negotiate") && !WindowsSignIn::here().sspi =>
        {
            format!(
                "With -Credential this computer signs in by NTLM, which the server does not offer. {KINIT} Or let the \
                 server offer NTLM (setting ServicesUseNTLMAuthentication)."
            )
        }
        (Authorization::Windows { .. }, _) if offers("Basic") => {
            "Register the endpoint again with credential type NavUserPassword, and give -Credential.".to_owned()
        }
        (Authorization::Basic { .. }, _) if offers("Negotiate") || offers("NTLM") => {
            "If the server's credential type is Windows, register the endpoint again with that; else check the user \
             name and the password or web-service access key."
                .to_owned()
        }
        (_, Bearer::Given(_)) => {
            "Get a new access token: this one may have expired, or be for another resource, tenant or app.".to_owned()
        }
        (_, Bearer::Granted(tokens)) => format!(
            "Check that the app {} is known to the server: in the Business Central admin center under Authorized \
             Microsoft Entra apps, or as a user of the server instance.",
            tokens.client_id()
        ),
        (Authorization::None | Authorization::Windows { .. }, _) if offers("Bearer") => {
            "Register the endpoint again with credential type OAuth.".to_owned()
        }
        (Authorization::None, _) => {
            "Register the endpoint again with the credential type its server asks for.".to_owned()
        }
        _ => error.recommended_action().to_owned(),
    };
    let status = response.status;
    Error::new(ErrorKind::Unauthorized, message)
        .with_advice(advice)
        .with_http_status(status)
}

/// What the server says of a token (RFC 6750, section 3).
fn bearer_words(response: &Response) -> Option<String> {
    response
        .headers_named("www-authenticate")
        .filter_map(|value| value.split_once("error_description=\""))
        .filter_map(|(_, words)| words.split_once('"'))
        .map(|(words, _)| words.to_owned())
        .find(|words| !words.trim().is_empty())
}

/// Whether the server answered a ticket, with an error of Kerberos's own.
fn is_answered(response: &Response) -> bool {
    response
        .headers_named("www-authenticate")
        .filter_map(|value| value.split_once(' '))
        .any(|(scheme, token)| scheme.eq_ignore_ascii_case("Negotiate") && !token.trim().is_empty())
}

/// Ways to sign in that a server offers, among the parameters that stand beside them.
const SCHEMES: [&str; 5] = ["Negotiate", "NTLM", "Basic", "Bearer", "Digest"];

/// What to do about Kerberos's own words; those of MIT Kerberos and Heimdal.
fn kerberos_advice(words: &str, host: &str) -> String {
    let words = words.to_ascii_lowercase();
    let has = |part: &str| words.contains(part);
    if has("clock skew") {
        "Set the clock of this computer right (or that of the domain controller): Kerberos allows five minutes.".to_owned()
    } else if has("not found in kerberos database") || has("server not found") {
        format!(
            "The domain knows no service HTTP/{host}. Register the endpoint with the name the server is known by, or \
             register the service principal name: setspn -S HTTP/{host} ACCOUNT."
        )
    } else if has("cannot contact any kdc")
        || has("cannot find kdc")
        || has("unable to reach any kdc")
    {
        "Check that this computer reaches a domain controller, and that the realm's name is right (krb5.conf or DNS)."
            .to_owned()
    } else if has("expired") {
        "The ticket has expired: get a new one with `kinit USER@REALM`.".to_owned()
    } else {
        "Get a Kerberos ticket with `kinit USER@REALM`, or give -Credential to sign in by NTLM where the server offers \
         it."
        .to_owned()
    }
}

/// Why there is no token.
pub(super) fn no_token(failure: &TokenFailure, tokens: &Tokens) -> Error {
    let error = match failure {
        TokenFailure::Refused {
            status,
            code,
            description,
        } => {
            let advice = match code.as_str() {
                "invalid_client" => {
                    "Check the client id and the client secret: its value, not its id, and that it has not expired."
                }
                "unauthorized_client" => {
                    "Check that the app registration is one of this Microsoft Entra tenant, and enabled."
                }
                "invalid_scope" => {
                    "Check the scope of the endpoint (Register-NAVServerEndpoint -TokenScope)."
                }
                _ => {
                    "Check the Microsoft Entra tenant, the client id and the scope of the endpoint."
                }
            };
            let address = Url::parse(tokens.url()).ok();
            let host = address.as_ref().and_then(Url::host_str).unwrap_or_default();
            let tenant = address
                .as_ref()
                .and_then(|url| url.path_segments()?.rev().nth(3))
                .unwrap_or_default();
            // Behind it stand ids for Microsoft's support, which are in the log.
            let words = description.split("Trace ID:").next().unwrap_or(description);
            Error::new(
                ErrorKind::TokenRefused,
                format!(
                    "Microsoft Entra ({host}) gave app {} no token in tenant {tenant} ({}): {}",
                    tokens.client_id(),
                    excerpt(code),
                    sentence(words)
                ),
            )
            .with_advice(advice)
            .with_http_status(*status)
        }
        TokenFailure::Unreadable { status, fault } => Error::new(
            ErrorKind::UnexpectedAnswer,
            format!(
                "{} answered with something else than a token (HTTP {status}, {fault}).",
                tokens.url()
            ),
        )
        .with_advice("Check the authority of the endpoint: where Microsoft Entra gives tokens.")
        .with_http_status(*status),
        TokenFailure::Unanswered(failure) => match Url::parse(tokens.url()) {
            Ok(address) if failure.reason == Reason::Cancelled => {
                failed(failure, &address, tokens.settings())
            }
            Ok(address) => failed(failure, &address, tokens.settings()).with_advice(format!(
                "Check that this computer reaches {}, where Microsoft Entra gives tokens (proxy, firewall), and the authority \
                 of the endpoint; or give -AccessToken.",
                address.host_str().unwrap_or_default()
            )),
            Err(error) => Error::new(ErrorKind::Internal, error.to_string()),
        },
    };
    error.of_sign_in()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libcurl_lacks_for_a_windows_sign_in_is_said_before_anything_is_sent() {
        let full = WindowsSignIn {
            sspi: false,
            kerberos: true,
            ntlm: true,
        };
        assert!(can_sign_in(full, false, false).is_ok());
        assert!(can_sign_in(full, true, true).is_ok());
        let kind = |here, has_password, ntlm_alone| {
            can_sign_in(here, has_password, ntlm_alone)
                .unwrap_err()
                .kind()
        };
        assert_eq!(kind(full, false, true), ErrorKind::CredentialRequired);
        let without_kerberos = WindowsSignIn {
            kerberos: false,
            ..full
        };
        assert_eq!(
            kind(without_kerberos, false, false),
            ErrorKind::SignInNotAvailable
        );
        let without_ntlm = WindowsSignIn {
            ntlm: false,
            ..full
        };
        assert_eq!(
            kind(without_ntlm, true, false),
            ErrorKind::SignInNotAvailable
        );
        let sspi = WindowsSignIn {
            sspi: true,
            ..without_ntlm
        };
        assert!(can_sign_in(sspi, false, true).is_ok());
    }
}
