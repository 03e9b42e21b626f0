use std::fmt;

/// Why a call is not done. Each interface gives it its own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The address is not one of this server instance.
    NoSuchAddress,
    NotReady,
    /// With what `WWW-Authenticate` says.
    Credentials(&'static str),
    TenantMissing,
    TenantUnknown(String),
    CompanyMissing,
    CompanyUnknown(String),
    NotPublished(String),
    NoPermission,
    InvalidGuid(String),
    InvalidDateTime(String),
    /// The session that carries the call was itself stopped.
    Stopped(i32),
    /// The request is not what the interface takes.
    Request(String),
    /// The request's Content-Type is not the one given here.
    ContentType(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The texts of servers, as they are known.
            Self::NotReady => f.write_str(
                "Microsoft Dynamics 365 Business Central Server is currently not ready to serve \
                 requests. Try again later, or contact your system administrator.",
            ),
            Self::Credentials(_) => f.write_str("The server has rejected the client credentials."),
            Self::TenantMissing => f.write_str(
                "A tenant was not specified, but is needed because the system has multiple \
                 tenants. Contact your system administrator.",
            ),
            Self::TenantUnknown(tenant) => {
                write!(f, "The tenant '{tenant}' is not mounted or does not exist.")
            }
            Self::Stopped(id) => write!(
                f,
                "The server stopped the session (ID: {id}) because of a stop session request."
            ),
            Self::NoSuchAddress => f.write_str("Not Found"),
            // The emulator's own wording: what a server says here is not known.
            Self::CompanyMissing => f.write_str("The request names no company."),
            Self::CompanyUnknown(company) => {
                write!(f, "The company \"{company}\" does not exist.")
            }
            Self::NotPublished(service) => {
                write!(f, "The web service \"{service}\" is not published.")
            }
            Self::NoPermission => {
                f.write_str("You do not have the permission to stop sessions on this server.")
            }
            Self::InvalidGuid(text) => {
                write!(f, "The session unique ID \"{text}\" is not a Guid.")
            }
            Self::InvalidDateTime(text) => write!(
                f,
                "The login date and time \"{text}\" is not an XML DateTime in UTC."
            ),
            Self::ContentType(expected) => {
                write!(f, "The Content-Type of the request is not {expected}.")
            }
            Self::Request(text) => f.write_str(text),
        }
    }
}
