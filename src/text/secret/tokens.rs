//! Secrets known by their shape: access keys, tokens, private keys, passwords in addresses.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Where a pattern has a group, the group is the secret.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----[A-Za-z0-9+/=\s:,.-]*?(?:-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----|\z)",
        r"\b(?:AKIA|ASIA|AGPA|AROA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}",
        r"\bglpat-[A-Za-z0-9_-]{20,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/\S+",
        r"\bxapp-[A-Za-z0-9-]{10,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
        r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{16,})",
        r"(?i)\bauthorization:\s*basic\s+([A-Za-z0-9+/=]{8,})",
        r"\bsk-[A-Za-z0-9_-]{20,}|\b[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{10,}",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"(?i)\b(?:accountkey|sharedaccesskey|sig)=([A-Za-z0-9+/=%]{20,})",
        r"(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@]+:([^\s/@]+)@",
        r"\b(?:\d{6}-){7}\d{6}\b",
        r"\b(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}\b",
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
