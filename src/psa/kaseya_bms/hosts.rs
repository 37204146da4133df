//! Where a tenant lives: each region, and each brand that speaks the same API, has an API host and a
//! host for people, which is the same name without `api.`.

/// The hosts for people. The API hosts are the vendor's; that all their UI hosts are named alike is
/// likely, so the link can be set.
const UI_HOSTS: [&str; 5] =
    ["bms.kaseya.com", "bmsemea.kaseya.com", "bmsapac.kaseya.com", "vorexlogin.com", "psa.pulseway.com"];

/// The two roots of one tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    /// Where the API's paths begin.
    pub(super) api: String,
    /// Where a browser's paths begin.
    pub(super) ui: String,
}

impl Hosts {
    /// The hosts that `url` means: an address copied from the browser is as good as the API's own.
    pub(super) fn of(url: &str) -> Self {
        let root = url.trim().trim_end_matches('/');
        let root = root.strip_suffix("/v2").unwrap_or(root);
        if let Some((scheme, host)) = known(root) {
            return Self { api: format!("{scheme}://api.{host}"), ui: format!("{scheme}://{host}") };
        }
        Self { api: root.to_owned(), ui: root.replacen("://api.", "://", 1) }
    }
}

/// The scheme, and the host for people where `root` is in a region we know.
fn known(root: &str) -> Option<(&str, &'static str)> {
    let (scheme, rest) = root.split_once("://")?;
    let host = rest.split('/').next()?.to_ascii_lowercase();
    let bare = host.strip_prefix("api.").or(host.strip_prefix("www.")).unwrap_or(&host);
    UI_HOSTS.into_iter().find(|known| *known == bare).map(|ui| (scheme, ui))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_a_region_lead_to_each_other() {
        for (url, api, ui) in [
            ("https://api.bms.kaseya.com", "https://api.bms.kaseya.com", "https://bms.kaseya.com"),
            ("https://bms.kaseya.com", "https://api.bms.kaseya.com", "https://bms.kaseya.com"),
            (
                " https://BMSemea.kaseya.com/react/servicedesk/tickets/7 ",
                "https://api.bmsemea.kaseya.com",
                "https://bmsemea.kaseya.com",
            ),
            ("https://www.vorexlogin.com/", "https://api.vorexlogin.com", "https://vorexlogin.com"),
            ("https://api.psa.pulseway.com/v2/", "https://api.psa.pulseway.com", "https://psa.pulseway.com"),
            ("https://api.desk.example/v2", "https://api.desk.example", "https://desk.example"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("acme", "acme", "acme"),
        ] {
            assert_eq!(Hosts::of(url), Hosts { api: api.into(), ui: ui.into() }, "{url}");
        }
    }
}
