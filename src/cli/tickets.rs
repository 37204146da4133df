//! `irate tickets`: the queue as data, as the last engine left it.

use std::process::ExitCode;

use clap::Args;

use crate::domain::{Clock, Field, Row, View};
use crate::query::{Context, Query};

use super::output::{Output, TableArgs, say};
use super::{Global, assemble};

#[derive(Args)]
pub(super) struct TicketsArgs {
    /// Which tickets, in the query language; open ones, worst first, without it.
    #[arg(default_value = "is:open sort:attention")]
    query: String,
    #[command(flatten)]
    table: TableArgs,
    /// Which columns, separated by commas.
    #[arg(long, value_delimiter = ',', value_enum)]
    columns: Vec<Column>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Column {
    Attention,
    Tone,
    Score,
    Urgency,
    Impact,
    Number,
    Client,
    Summary,
    Status,
    Priority,
    Owner,
    Board,
    Wait,
}

const DEFAULT: [Column; 9] = [
    Column::Attention,
    Column::Tone,
    Column::Score,
    Column::Urgency,
    Column::Number,
    Column::Priority,
    Column::Wait,
    Column::Client,
    Column::Summary,
];

pub(super) async fn run(args: TicketsArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let query = match Query::parse(&args.query) {
        Ok(query) => query,
        Err(error) => {
            say(&format!("{}\nirate: {error}", error.caret(&args.query)));
            return Ok(ExitCode::from(2));
        }
    };
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    let workspace = assemble::Workspace::open(&loaded.config, &data, "tickets")?;
    let opened = workspace.store(&clock).await?;
    let records = opened.records;
    let config = &loaded.config;
    let (clients, calendars) = (assemble::clients(config), config.calendars());
    let now = clock.now();
    let holds = |term: &str, id: &crate::domain::TicketId| {
        let term = term.to_lowercase();
        records
            .iter()
            .filter(|record| record.ticket.id == *id)
            .any(|record| record.messages().iter().any(|heard| heard.message.body.raw.to_lowercase().contains(&term)))
    };
    let context = Context { now, thresholds: &config.thresholds, text: &holds };
    let mut rows: Vec<Row> = records
        .iter()
        .map(|record| {
            let vip = clients.vip(record.ticket.client_name());
            let calendar = calendars.of(&record.ticket);
            record.row(&View { edges: &config.labels, weights: &config.attention, vip, muted: false, calendar, now })
        })
        .filter(|row| query.matches(row, &context))
        .collect();
    rows.sort_by_cached_key(|row| query.rank(row, now));
    match opened.marks.cursor {
        Some(at) => say(&format!("as of {at}, when an engine last asked the PSA")),
        None => say("no engine has run on this workspace yet; irate or irate serve starts one"),
    }
    opened.store.close().await?;
    print(&rows, &args, now, output)?;
    Ok(ExitCode::SUCCESS)
}

fn print(rows: &[Row], args: &TicketsArgs, now: jiff::Timestamp, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return rows.iter().try_for_each(|row| output.object(row));
    }
    let columns = if args.columns.is_empty() { DEFAULT.to_vec() } else { args.columns.clone() };
    let names: Vec<String> = columns.iter().map(|column| column.name()).collect();
    let headers: Vec<&str> = names.iter().map(String::as_str).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| column.cell(row, now)).collect()).collect();
    output.table(args.table.shape(), (!args.table.no_headers).then_some(&headers[..]), &cells)
}

impl Column {
    fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self).map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn cell(self, row: &Row, now: jiff::Timestamp) -> String {
        let ticket = &row.ticket;
        let level = |level: Option<crate::domain::Level>| level.map_or("-".into(), |level| level.to_string());
        match self {
            Self::Attention => format!("{:.0}", row.attention.total),
            Self::Tone => match &row.tone {
                Some(track) => format!("{}{}", if row.embedded { "~" } else { "" }, track.label),
                None if row.counts.pending > 0 => "pending".into(),
                None => "-".into(),
            },
            Self::Score => row.tone.as_ref().map_or("-".into(), |track| track.latest().to_string()),
            Self::Urgency => level(row.urgency),
            Self::Impact => level(row.impact),
            Self::Number => ticket.number.to_string(),
            Self::Client => ticket.client_name().to_owned(),
            Self::Summary => ticket.summary.to_string(),
            Self::Status => ticket.label(Field::Status).to_owned(),
            Self::Priority => ticket.label(Field::Priority).to_owned(),
            Self::Owner => ticket.label(Field::Owner).to_owned(),
            Self::Board => ticket.label(Field::Board).to_owned(),
            Self::Wait => row.waited(now).map_or("-".into(), span),
        }
    }
}

/// `3d`, `5h`, `12m`: the largest unit.
fn span(span: jiff::SignedDuration) -> String {
    let minutes = span.as_mins().max(0);
    match minutes {
        0..60 => format!("{minutes}m"),
        60..2880 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}
