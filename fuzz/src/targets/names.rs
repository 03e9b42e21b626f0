//! Names of server instances and ids of tenants, as people type them and files hold them.

use nav_session::{ServerInstance, TenantId};

use crate::check;

use super::text;

pub(super) fn server_instance(input: &[u8]) {
    let name = text(input);
    let tenant = TenantId::parse(&name);
    check::result(&tenant);
    if let Ok(tenant) = tenant {
        assert!(!tenant.as_str().contains(char::is_control));
        assert_eq!(TenantId::parse(tenant.as_str()).expect("it is one"), tenant);
    }
    let instance = ServerInstance::parse(&name);
    check::result(&instance);
    let Ok(instance) = instance else { return };
    let short = instance.short_name();
    assert!(!short.is_empty());
    assert!(!short.contains(|c: char| c.is_control() || c == '/' || c == '\\'));
    // It is the same by each of its names.
    for known_as in [
        short.to_owned(),
        instance.full_name(),
        format!(" {short}\t"),
    ] {
        let again = ServerInstance::parse(&known_as);
        assert_eq!(again.ok().as_ref(), Some(&instance), "{known_as:?}");
    }
    assert!(instance.full_name().chars().count() <= 256);
}
