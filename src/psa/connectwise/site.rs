//! Where a ConnectWise site is: people and integrations reach the cloud under two different hosts.

use crate::net::check_url;
use crate::psa::PsaError;
use crate::psa::link::Link;

/// The vendor's clouds, as people reach them; integrations put [`API`] before the host. A site of
/// one's own has one host for both.
const CLOUDS: [&str; 6] = [
    "na.myconnectwise.net",
    "eu.myconnectwise.net",
    "au.myconnectwise.net",
    "aus.myconnectwise.net",
    "za.myconnectwise.net",
    "staging.connectwisedev.com",
];

const API: &str = "api-";

/// The codebase that leads to the current one, whichever that is.
const CODEBASE: &str = "/v4_6_release";

/// Both addresses of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    people: String,
    integrations: String,
}

impl Site {
    /// The site at `url`, whichever of its hosts that names, with or without the path of the API.
    pub(super) fn at(url: &str) -> Self {
        let url = url.trim();
        let root = url.find(CODEBASE).map_or(url, |end| &url[..end]).trim_end_matches('/');
        let same = || Self { people: root.into(), integrations: root.into() };
        let Some((scheme, rest)) = root.split_once("://") else { return same() };
        let rest = match rest.split_at_checked(API.len()) {
            Some((start, host)) if start.eq_ignore_ascii_case(API) => host,
            _ => rest,
        };
        let host = rest.split([':', '/']).next().unwrap_or_default();
        if !CLOUDS.iter().any(|cloud| cloud.eq_ignore_ascii_case(host)) {
            return same();
        }
        Self { people: format!("{scheme}://{rest}"), integrations: format!("{scheme}://{API}{rest}") }
    }

    /// Where the API's paths begin.
    pub(super) fn api(&self) -> String {
        format!("{}{CODEBASE}/apis/3.0", self.integrations)
    }

    /// Where a browser of `company` finds a ticket: at `template`, or else at the usual place.
    ///
    /// # Errors
    /// [`PsaError::Unreachable`] where that is no address.
    pub(super) fn link(&self, company: &str, template: Option<String>) -> Result<Link, PsaError> {
        Link::checked(template.unwrap_or_else(|| self.usual_link(company)))
    }

    fn usual_link(&self, company: &str) -> String {
        let page = format!("{}{CODEBASE}/services/system_io/router/openrecord.rails", self.people);
        let company = check_url(&page).ok().and_then(|mut page| {
            page.query_pairs_mut().append_pair("companyName", company);
            page.query().map(str::to_owned)
        });
        format!("{page}?locale=en_US&recordType=ServiceFv&recid={{id}}&{}", company.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TicketId;

    #[test]
    fn the_cloud_is_called_at_its_api_host_and_shown_at_the_other() {
        for url in [
            "https://na.myconnectwise.net",
            " https://NA.myconnectwise.net/ ",
            "https://api-na.myconnectwise.net",
            "https://API-na.myconnectwise.net/v4_6_release/apis/3.0/",
            "https://na.myconnectwise.net/v4_6_release/ConnectWise.aspx",
        ] {
            let site = Site::at(url);
            let api = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0";
            assert_eq!(site.api().to_lowercase(), api, "{url}");
            assert_eq!(site.people.to_lowercase(), "https://na.myconnectwise.net", "{url}");
        }
        let staging = Site::at("https://staging.connectwisedev.com");
        assert_eq!(staging.api(), "https://api-staging.connectwisedev.com/v4_6_release/apis/3.0");
    }

    #[test]
    fn a_site_of_ones_own_has_one_host() {
        for (url, api) in [
            ("https://cw.acme.example/", "https://cw.acme.example/v4_6_release/apis/3.0"),
            ("https://api-cw.acme.example", "https://api-cw.acme.example/v4_6_release/apis/3.0"),
            ("http://127.0.0.1:80/psa", "http://127.0.0.1:80/psa/v4_6_release/apis/3.0"),
            (
                "https://na.myconnectwise.net.evil.example",
                "https://na.myconnectwise.net.evil.example/v4_6_release/apis/3.0",
            ),
            ("https://ap\u{e9}", "https://ap\u{e9}/v4_6_release/apis/3.0"),
        ] {
            let site = Site::at(url);
            assert_eq!(site.api(), api);
            assert!(api.starts_with(&site.people), "{url}");
        }
        assert_eq!(Site::at("acme").api(), "acme/v4_6_release/apis/3.0", "refused when it is called");
    }

    #[test]
    fn a_link_leads_people_to_the_ticket_in_their_company() {
        let link = |company, template| Site::at("https://api-eu.myconnectwise.net").link(company, template);
        let usual = link("acme & co{id}", None).expect("a template").of(&TicketId::new("48213"));
        let page = "https://eu.myconnectwise.net/v4_6_release/services/system_io/router/openrecord.rails";
        let query = "locale=en_US&recordType=ServiceFv&recid=48213&companyName=acme+%26+co%7Bid%7D";
        assert_eq!(usual.as_str(), format!("{page}?{query}"));
        let own = link("acme", Some("https://desk.acme.example/{id}".into())).expect("a template");
        assert_eq!(own.of(&TicketId::new("7")).as_str(), "https://desk.acme.example/7");
        assert!(link("acme", Some("https://desk.acme.example/".into())).is_err());
    }
}
