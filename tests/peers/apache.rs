//! Apache as the server before an emulator: it signs in by Kerberos, it encrypts, or it points elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::certificates::Identity;
use super::log::Log;
use super::server::Server;

const PROGRAM: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";
/// Whom Apache becomes when it is started as root, which it refuses to stay.
const USER: &str = "nobody";

/// What an [`Apache`] is to be.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is started"]
pub(crate) struct Builder<'a> {
    modules: Vec<&'static str>,
    directives: String,
    identity: Option<&'a Identity>,
}

/// A running Apache. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Apache {
    _server: Server,
    folder: TempDir,
    port: u16,
    scheme: &'static str,
}

/// Whether a server says that a connection stays signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PersistentAuth {
    Said,
    Unsaid,
}

impl<'a> Builder<'a> {
    fn new(modules: &[&'static str], directives: String) -> Self {
        Self {
            modules: modules.to_vec(),
            directives,
            identity: None,
        }
    }

    /// Asks for Kerberos, and signs in each connection once. The keys of the service are in `keytab`.
    pub(crate) fn kerberos(mut self, keytab: &Path, persistent_auth: PersistentAuth) -> Self {
        self.modules
            .extend(["authn_core", "authz_user", "auth_gssapi"]);
        let says = match persistent_auth {
            PersistentAuth::Said => "On",
            PersistentAuth::Unsaid => "Off",
        };
        let _ = write!(
            self.directives,
            "<Location />
               AuthType GSSAPI
               AuthName peers
               GssapiAllowedMech krb5
               GssapiCredStore keytab:{}
               GssapiConnectionBound On
               GssapiSignalPersistentAuth {says}
               Require valid-user
             </Location>\n",
            keytab.display()
        );
        self
    }

    /// Takes encrypted connections only, as the server that `identity` names.
    pub(crate) fn tls(mut self, identity: &'a Identity) -> Self {
        self.modules.extend(["socache_shmcb", "ssl"]);
        self.identity = Some(identity);
        self
    }

    /// Speaks this version of TLS alone, with what OpenSSL holds safe no longer.
    pub(crate) fn only_tls(mut self, version: &str) -> Self {
        let _ = writeln!(
            self.directives,
            "SSLProtocol {version}\nSSLCipherSuite DEFAULT@SECLEVEL=0"
        );
        self
    }

    /// Starts it, and waits until it listens.
    pub(crate) fn start(mut self) -> Apache {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        // It reads its keys and writes its log as somebody else, when it is started as root.
        readable_by_all(place);
        if let Some(identity) = self.identity {
            fs::write(place.join("chain.pem"), &identity.chain).unwrap();
            fs::write(place.join("key.pem"), &identity.key).unwrap();
            let _ = writeln!(
                self.directives,
                "SSLEngine On\nSSLCertificateFile {0}/chain.pem\nSSLCertificateKeyFile {0}/key.pem",
                place.display()
            );
        }
        let configuration = place.join("httpd.conf");
        let (server, port) =
            Server::on_free_port(&place.join("pid"), &place.join("output"), |port| {
                fs::write(&configuration, self.configuration(place, port)).unwrap();
                let mut apache = Command::new(PROGRAM);
                // One process with its threads, so that none of it can outlive the test.
                apache.arg("-X").arg("-f").arg(&configuration);
                apache
            });
        Apache {
            _server: server,
            port,
            scheme: if self.identity.is_some() {
                "https"
            } else {
                "http"
            },
            folder,
        }
    }

    fn configuration(&self, place: &Path, port: u16) -> String {
        let place = place.display();
        let mut text = format!(
            "ServerRoot {place}\n\
             ServerName localhost\n\
             Listen 127.0.0.1:{port}\n\
             PidFile {place}/pid\n\
             DefaultRuntimeDir {place}\n\
             Mutex file:{place} default\n\
             User {USER}\n\
             ErrorLog {place}/errors\n\
             StartServers 1\n\
             ServerLimit 1\n\
             ThreadsPerChild 16\n\
             MaxRequestWorkers 16\n\
             KeepAlive On\n\
             KeepAliveTimeout 600\n\
             MaxKeepAliveRequests 0\n\
             AllowEncodedSlashes NoDecode\n"
        );
        for module in ["mpm_event", "authz_core", "setenvif"]
            .iter()
            .chain(&self.modules)
        {
            let _ = writeln!(text, "LoadModule {module}_module {MODULES}/mod_{module}.so");
        }
        // What a request says of signing in, and never the words it says it with.
        text.push_str(
            "SetEnvIf Authorization ^$ step=bare\n\
             SetEnvIf Authorization ^. step=authenticate\n\
             LogFormat \"%{remote}p\\t%{step}e\\t%u\\t%>s\" peers\n\
             CustomLog requests peers\n",
        );
        text.push_str(&self.directives);
        text
    }
}

impl Apache {
    /// One that passes its requests on to the server at `uri`, as they came.
    pub(crate) fn before<'a>(uri: &str) -> Builder<'a> {
        let (origin, _) = split(uri);
        Builder::new(
            &["proxy", "proxy_http"],
            format!("ProxyPreserveHost On\nProxyPass / {origin}/ nocanon\n"),
        )
    }

    /// One that answers each request with this status and another address, where the same path is.
    pub(crate) fn redirecting<'a>(status: u16, origin: &str) -> Builder<'a> {
        Builder::new(
            &["alias"],
            format!("RedirectMatch {status} ^(/.*)$ {origin}$1\n"),
        )
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The base address of the server instance `DynamicsNAV` behind it, by this name of the loopback address.
    pub(crate) fn uri(&self, host: &str) -> String {
        format!("{}://{host}:{}/DynamicsNAV", self.scheme, self.port)
    }

    pub(crate) fn log(&self) -> Log {
        Log::new(&self.folder.path().join("requests"))
    }
}

/// `http://HOST:PORT` and the rest of an address.
fn split(uri: &str) -> (&str, &str) {
    let host = uri.find("://").unwrap() + 3;
    let path = uri[host..]
        .find('/')
        .map_or(uri.len(), |slash| host + slash);
    uri.split_at(path)
}

#[cfg(unix)]
pub(crate) fn readable_by_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn readable_by_all(_: &Path) {}
