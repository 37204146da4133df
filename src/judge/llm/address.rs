//! Where questions are posted, in the forms that providers give their addresses.
//!
//! Azure has two. The newer one is a base like everybody's; in the older one each deployment has a
//! path of its own, and every call names the version of the API.

use super::provider::Provider;
use super::settings::LlmError;

/// Where questions are posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    base: String,
    /// Azure's older form: the version of the API, and whether the base names the deployment.
    older: Option<Older>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Older {
    version: String,
    one_deployment: bool,
}

impl Address {
    /// The address of `provider` at `url`, or at its own where none is given.
    pub(super) fn new(provider: Provider, url: Option<&str>, api_version: Option<&str>) -> Result<Self, LlmError> {
        let url = url
            .or(provider.base())
            .ok_or(LlmError::NoUrl { provider: provider.word(), usual: provider.usual_url().unwrap_or_default() })?;
        let url = url.trim().trim_end_matches('/').trim_end_matches("/chat/completions").to_owned();
        match (provider, api_version) {
            (Provider::Azure, Some(version)) => Ok(Self::older(&url, version.trim())),
            (_, Some(_)) => Err(LlmError::StrayKey { key: "api_version", provider: provider.word(), of: "azure" }),
            (Provider::Azure, None) if url.contains("/openai/deployments") => Err(LlmError::NoApiVersion),
            (Provider::Azure, None) if !url.ends_with("/v1") => {
                Ok(Self { base: format!("{}/openai/v1", url.trim_end_matches("/openai")), older: None })
            }
            (_, None) => Ok(Self { base: url, older: None }),
        }
    }

    fn older(url: &str, version: &str) -> Self {
        let one_deployment = url.contains("/openai/deployments/");
        let root = url.trim_end_matches("/v1").trim_end_matches("/deployments").trim_end_matches("/openai");
        let base = if one_deployment { url.to_owned() } else { format!("{root}/openai/deployments") };
        Self { base, older: Some(Older { version: version.to_owned(), one_deployment }) }
    }

    /// What all paths are below.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The path for `model`, below the base.
    pub(super) fn path(&self, model: &str) -> String {
        match &self.older {
            Some(Older { one_deployment: false, .. }) => format!("{model}/chat/completions"),
            _ => "chat/completions".to_owned(),
        }
    }

    /// The version of the API, where each call names it in its query as `api-version`.
    pub(super) fn version(&self) -> Option<&str> {
        self.older.as_ref().map(|older| older.version.as_str())
    }

    /// The whole address for `model`.
    pub(super) fn url(&self, model: &str) -> String {
        let query = self.version().map(|version| format!("?api-version={version}")).unwrap_or_default();
        format!("{}/{}{query}", self.base, self.path(model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(provider: Provider, url: Option<&str>, version: Option<&str>) -> String {
        Address::new(provider, url, version).map_or_else(|error| error.to_string(), |address| address.url("m"))
    }

    #[test]
    fn each_provider_is_where_it_says() {
        let own = |provider| url(provider, None, None);
        assert_eq!(own(Provider::Openai), "https://api.openai.com/v1/chat/completions");
        assert_eq!(own(Provider::Moonshot), "https://api.moonshot.ai/v1/chat/completions");
        assert_eq!(own(Provider::Xai), "https://api.x.ai/v1/chat/completions");
        assert_eq!(own(Provider::Deepseek), "https://api.deepseek.com/v1/chat/completions");
        let china = Some("https://api.moonshot.cn/v1/");
        assert_eq!(url(Provider::Moonshot, china, None), "https://api.moonshot.cn/v1/chat/completions");
        assert!(own(Provider::Azure).contains("openai.azure.com/openai/v1"));
        assert!(own(Provider::Compatible).contains("http://127.0.0.1:11434/v1"));
    }

    #[test]
    fn azure_has_two_forms_and_both_may_be_given_short() {
        let newer = "https://acme.openai.azure.com/openai/v1/chat/completions";
        for given in ["", "/", "/openai", "/openai/v1", "/openai/v1/", "/openai/v1/chat/completions"] {
            let given = format!("https://acme.openai.azure.com{given}");
            assert_eq!(url(Provider::Azure, Some(&given), None), newer, "{given}");
        }
        let older = "https://acme.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21";
        for given in ["", "/openai", "/openai/deployments", "/openai/deployments/m"] {
            let given = format!("https://acme.openai.azure.com{given}");
            assert_eq!(url(Provider::Azure, Some(&given), Some("2024-10-21")), older, "{given}");
        }
        let lacking = url(Provider::Azure, Some("https://acme.openai.azure.com/openai/deployments/m"), None);
        assert!(lacking.contains("[judge] api_version"), "{lacking}");
        assert!(url(Provider::Xai, None, Some("2024-10-21")).contains("api_version"));
    }
}
