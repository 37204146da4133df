//! Secrets known by their shape: access keys, tokens, private keys, passwords in addresses.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Where a pattern has a group, the group is the secret.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Private keys: to their end, or as far as they go where the end was cut off.
        r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----",
        r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----(?:\s+(?:(?:Proc-Type|DEK-Info|Version|Comment):[^\n]*|[A-Za-z0-9+/=]{16,}))*(?:\s+[A-Za-z0-9+/]{1,15}={0,2}(?:\n|\z))?",
        r"Private-Lines: \d+(?:\s+[A-Za-z0-9+/=]{16,})+(?:\s+[A-Za-z0-9+/]{1,15}={0,2}(?:\n|\z))?",
        // Clouds.
        r"\b(?:AKIA|ASIA|AGPA|AROA|AIDA)[0-9A-Z]{12,}\b",
        r"(?i)\b(?:accountkey|sharedaccesskey|sharedsecretkey|sharedaccesssignature)\s*=\s*([A-Za-z0-9+/=%&_-]{16,})",
        r"\b[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{20,}",
        r"\bAIza[0-9A-Za-z_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{16,}|\bya29\.[A-Za-z0-9_-]{16,}",
        // Code hosts and registries.
        r"\bgh[pousr]_[A-Za-z0-9]{16,}\b|\bgithub_pat_[A-Za-z0-9_]{16,}",
        r"\bgl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{12,}",
        r"\bnpm_[A-Za-z0-9]{20,}|\bpypi-[A-Za-z0-9_-]{20,}|\bdckr_pat_[A-Za-z0-9_-]{16,}",
        // Services.
        r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}|hooks\.slack\.com/services/\S+|\bxapp-[A-Za-z0-9-]{10,}",
        r"\bsk-[A-Za-z0-9_-]{16,}|\b[srp]k_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9]{8,}|\bxai-[A-Za-z0-9]{16,}",
        r"\bSG\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{12,}|\bkey-[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b|\bshp(?:at|ss|ca)_[0-9a-fA-F]{16,}|\bsq0(?:atp|csp)-[A-Za-z0-9_-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bdop_v1_[0-9a-f]{32,}",
        r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b|discord(?:app)?\.com/api/webhooks/\S+|webhook\.office\.com/\S+",
        // Headers and parameters.
        r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?",
        r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{8,})",
        r"(?i)\bauthorization\s*[:=]\s*(?:(?:basic|digest|token|apikey|key)\s+)?([A-Za-z0-9+/=._~-]{8,})",
        r"(?i)\b(?:x-api-key|api-key|x-auth-token|x-amz-security-token|ocp-apim-subscription-key)\s*[:=]\s*([^\s,;]{6,})",
        r#"(?i)\b(?:api[_-]?key|apikey|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|client[_-]?secret|secret[_-]?key|private[_-]?key|session[_-]?id|token|secret)["']?\s*[:=]\s*["']?([A-Za-z0-9_./+=~-]*\d[A-Za-z0-9_./+=~-]*)"#,
        r#"(?i)[?&;](?:amp;)?(?:[a-z_-]*token|sig|signature|[a-z_-]*key|code|auth|[a-z_-]*secret|sas|session|sid|otp|x-amz-signature|x-amz-credential|jwt|pwd|pass|passwd|password)=([^\s&#"'<>;]{4,})"#,
        r"(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@]*:([^\s/]+)@",
        r#"(?i)(?:^|\s)(?:-u|--user|--password|--pass|/p(?:ass)?:)\s*=?["']?(?:[\w.-]+:)?([^\s"']{4,})"#,
        // A long word behind its name, with digits in it.
        r"(?i)\b(?:secret|key|token)\s+(?:is\s+|was\s+|of\s+)?([A-Za-z0-9/+=_-]{0,200}\d[A-Za-z0-9/+=_-]{19,200}|[A-Za-z0-9/+=_-]{19,200}\d[A-Za-z0-9/+=_-]{0,200})",
        // Long numbers and licences.
        r"\b(?:\d{6}[- ]){7}\d{6}\b",
        r"\b(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}\b",
        // What nobody uses for anything else.
        r"\b[Pp][Aa4@][Ss$5]{2}[Ww][0Oo][Rr][Dd][_.!@#]?\d[\w!@#$%^&*]*|\b[Pp](?:[@4][Ss$5]{2}[Ww][0Oo]|[Aa][Ss$5]{2}[Ww]0)[Rr][Dd][\w!@#$%^&*]*",
    ]
    .map(|shape| Regex::new(shape).expect("constant pattern"))
    .into()
});

/// The secrets that look like one.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    SHAPES
        .iter()
        .flat_map(|shape| shape.captures_iter(text))
        .filter_map(|found| found.get(1).or_else(|| found.get(0)))
        .map(|found| found.range())
        .collect()
}
