//! How the figures of `irate eval` are shown to a person.

use crate::domain::Label;
use crate::eval::{Agreement, Figures, Report, Used};

use super::eval::{Judged, Outcome, Priced};
use super::output::{Output, Shape};

/// Disagreements that are named one by one.
const DISAGREEMENTS_NAMED: usize = 20;

/// All figures, one table after the other.
pub(super) fn print(outcome: &Outcome, output: &Output) -> anyhow::Result<()> {
    if !outcome.complete {
        output.line("Broken off: these are the figures of what was done.\n")?;
    }
    print_judge(&outcome.judge, output)?;
    if let Some(against) = &outcome.against {
        output.line("")?;
        print_judge(against, output)?;
        output.line("")?;
        side_by_side(&outcome.judge, against, output)?;
    }
    if let Some(agreement) = &outcome.agreement {
        output.line("")?;
        print_agreement(agreement, output)?;
    }
    Ok(())
}

fn print_judge(judged: &Judged, output: &Output) -> anyhow::Result<()> {
    let report = &judged.report;
    let model = judged.model.as_ref().map_or(String::new(), |model| format!(" ({model})"));
    output.line(&format!("{}{model}: {} of {} messages read", judged.name, report.read, report.messages))?;
    for (why, count) in report.abstained.iter().chain(&report.pending) {
        output.line(&format!("  {count} not read: {why}"))?;
    }
    output.line(&format!("  {}", cost(&report.used)))?;
    output.line("\nPositive, neutral, and negative with urgent")?;
    print_figures(&report.three, output)?;
    output.line("\nAll four labels")?;
    print_figures(&report.four, output)?;
    output.line("\nConfusion: a row for each label, a column for what was judged")?;
    print_confusion(&report.four, output)?;
    output.line("\nAn alarm at or above each step of frustration")?;
    print_thresholds(report, output)?;
    if report.languages.len() > 1 {
        output.line("\nBy language, over three classes")?;
        print_languages(report, output)?;
    }
    Ok(())
}

fn cost(used: &Used) -> String {
    if used.calls == 0 {
        return "no calls, no cost".into();
    }
    let unpriced = match used.unpriced {
        0 => String::new(),
        calls => format!(" and {calls} calls of unknown cost"),
    };
    let tokens = &used.tokens;
    format!(
        "{} calls, {} tokens sent ({} from the vendor's cache), {} answered, ${:.4}{unpriced}",
        used.calls,
        tokens.sent,
        tokens.cached,
        tokens.answered,
        used.micros as f64 / 1e6
    )
}

fn print_figures(figures: &Figures, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = figures
        .classes
        .iter()
        .map(|class| {
            let shares = [class.precision, class.recall, class.f1].map(share);
            [class.class.to_string()].into_iter().chain(shares).chain([class.messages.to_string()]).collect()
        })
        .collect();
    output.table(Shape::Fitting, Some(&["label", "precision", "recall", "F1", "messages"]), &rows)?;
    output.line(&format!("accuracy {}, macro-F1 {}", share(figures.accuracy), share(figures.macro_f1)))
}

fn print_confusion(figures: &Figures, output: &Output) -> anyhow::Result<()> {
    let headers: Vec<&str> = std::iter::once("labelled").chain(Label::ALL.iter().map(|label| label.word())).collect();
    let rows: Vec<Vec<String>> = figures
        .classes
        .iter()
        .zip(&figures.confusion)
        .map(|(class, row)| [class.class.to_string()].into_iter().chain(row.iter().map(usize::to_string)).collect())
        .collect();
    output.table(Shape::Fitting, Some(&headers), &rows)
}

fn print_thresholds(report: &Report, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = report
        .thresholds
        .iter()
        .map(|step| {
            vec![
                step.frustration.to_string(),
                share(step.precision),
                share(step.recall),
                share(step.recall_urgent),
                step.alarms_per_100.map_or("-".into(), |alarms| format!("{alarms:.0}")),
            ]
        })
        .collect();
    let headers = ["frustration", "precision", "recall", "recall of urgent", "alarms per 100"];
    output.table(Shape::Fitting, Some(&headers), &rows)
}

fn print_languages(report: &Report, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = report
        .languages
        .iter()
        .map(|(language, figures)| {
            vec![
                crate::domain::Plain::new(language).to_string(),
                figures.messages.to_string(),
                figures.read.to_string(),
                share(figures.accuracy),
                share(figures.macro_f1),
            ]
        })
        .collect();
    output.table(Shape::Fitting, Some(&["language", "messages", "read", "accuracy", "macro-F1"]), &rows)
}

fn side_by_side(one: &Judged, other: &Judged, output: &Output) -> anyhow::Result<()> {
    let row = |what: &str, figure: fn(&Report) -> String| vec![what.into(), figure(&one.report), figure(&other.report)];
    let rows = [
        row("read", |report| report.read.to_string()),
        row("macro-F1 of three", |report| share(report.three.macro_f1)),
        row("macro-F1 of four", |report| share(report.four.macro_f1)),
        row("accuracy of four", |report| share(report.four.accuracy)),
        row("cost", |report| format!("${:.4}", report.used.micros as f64 / 1e6)),
    ];
    output.table(Shape::Fitting, Some(&["", one.name.as_str(), other.name.as_str()]), &rows)
}

fn print_agreement(agreement: &Agreement, output: &Output) -> anyhow::Result<()> {
    let kappa = share(agreement.kappa);
    output.line(&format!(
        "Both read {} messages and agree on {}; Cohen's kappa {kappa}",
        agreement.both_read, agreement.same
    ))?;
    let rows: Vec<Vec<String>> = agreement
        .disagreements
        .iter()
        .take(DISAGREEMENTS_NAMED)
        .map(|message| {
            let labels = [message.truth, message.judged, message.against].map(|label| label.to_string());
            [crate::domain::Plain::new(&message.id).to_string()].into_iter().chain(labels).collect()
        })
        .collect();
    if !rows.is_empty() {
        output.table(Shape::Fitting, Some(&["id", "labelled", "judge", "against"]), &rows)?;
    }
    match agreement.disagreements.len().saturating_sub(DISAGREEMENTS_NAMED) {
        0 => Ok(()),
        more => output.line(&format!("and {more} more; --json lists all")),
    }
}

/// What each judge would take.
pub(super) fn print_prices(priced: &[Priced], output: &Output) -> anyhow::Result<()> {
    let dollars = |dollars: Option<f64>| dollars.map_or("-".into(), |dollars| format!("{dollars:.6}"));
    let whole = |micros: Option<u64>| dollars(micros.map(|micros| micros as f64 / 1e6));
    let rows: Vec<Vec<String>> = priced
        .iter()
        .map(|priced| {
            let estimate = &priced.estimate;
            vec![
                priced.judge.to_string(),
                estimate.calls.to_string(),
                estimate.static_tokens.to_string(),
                estimate.message_tokens.to_string(),
                estimate.answer_tokens.to_string(),
                dollars(priced.cold_usd_per_100),
                dollars(priced.warm_usd_per_100),
                whole(estimate.cold_micros),
                whole(estimate.warm_micros),
            ]
        })
        .collect();
    let headers = [
        "judge",
        "calls",
        "prompt tokens each",
        "message tokens",
        "answer tokens",
        "$ per 100 cold",
        "$ per 100 warm",
        "$ cold",
        "$ warm",
    ];
    output.table(Shape::Fitting, Some(&headers), &rows)
}

/// A share with two decimals, or a dash.
fn share(share: Option<f64>) -> String {
    share.map_or("-".into(), |share| format!("{share:.2}"))
}
