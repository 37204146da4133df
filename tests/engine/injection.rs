//! Messages that give orders to a machine, read by a judge that obeys every one of them: nothing is
//! written, and no request differs in anything but the customer's text.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use irate::domain::{Cleaned, Confidence, FieldValue, Level, Mode, Quote, Score, TicketId, Tone, Triage};
use irate::engine::ChainLink;
use irate::judge::{Ask, Fingerprint, Judge, Outcome};
use irate::practice::PracticeLlm;
use serde_json::Value;

use super::{Desk, look};

/// A model behind the real client that does what the text wants: the worst tone and the highest
/// urgency, quoted from the text and sure of itself.
struct Gullible(Arc<dyn Judge>);

fn quote(text: &Cleaned) -> Option<Quote> {
    text.text.lines().find_map(|line| Quote::verified(line.get(..line.len().min(80)).unwrap_or(line), &text.text))
}

#[async_trait]
impl Judge for Gullible {
    fn fingerprint(&self, ask: &Ask<'_>) -> Fingerprint {
        self.0.fingerprint(ask)
    }

    async fn tone(&self, text: &Cleaned) -> Outcome<Tone> {
        let mut outcome = self.0.tone(text).await;
        if let Ok(reading) = &mut outcome.result {
            reading.value.score = Score::clamped(-1.0);
            reading.value.quotes = quote(text).into_iter().collect();
            reading.confidence = Confidence::Normal;
        }
        outcome
    }

    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Outcome<Triage> {
        let mut outcome = self.0.triage(text, categories).await;
        if let Ok(reading) = &mut outcome.result {
            for judged in [&mut reading.value.urgency, &mut reading.value.impact] {
                (judged.value, judged.quote) = (Level::clamped(5), quote(text));
            }
            reading.confidence = Confidence::Normal;
        }
        outcome
    }
}

/// The orders of the corpus that stand in the text itself.
fn orders() -> Vec<String> {
    let lines = include_str!("../data/injection.jsonl").lines();
    let attempts = lines.map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let flagged = attempts
        .filter(|attempt| attempt["flagged"] == true && attempt["format"] != "html" && attempt["subject"].is_null());
    flagged.map(|attempt| attempt["text"].as_str().expect("a text").to_owned()).collect()
}

/// A request without the customer's part.
fn frame(body: &[u8]) -> String {
    let mut body: Value = serde_json::from_slice(body).expect("JSON");
    body["messages"].as_array_mut().expect("messages").retain(|message| message["role"] != "user");
    body.to_string()
}

#[tokio::test]
async fn no_order_in_a_message_leads_to_a_write_or_changes_what_is_asked() {
    let desk = Desk::open(7, 0.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let data = tempfile::tempdir().expect("a folder");
    let model = desk.model(&llm);
    let obedient = ChainLink { judge: Arc::new(Gullible(Arc::clone(&model.judge))), ..model };
    let (handle, seat) = desk.seated(data.path(), obedient, Mode::Auto).await;
    desk.run(60).await;
    let (rows, _) = look(&seat).await;
    let tickets: Vec<TicketId> =
        rows.iter().filter(|row| !row.ticket.closed).map(|row| row.ticket.id.clone()).collect();
    let (control, tickets) = tickets.split_last().expect("open tickets");

    let orders = orders();
    assert!(orders.len() >= 60, "{}", orders.len());
    for round in orders.chunks(tickets.len()) {
        for (ticket, order) in tickets.iter().zip(round) {
            assert!(desk.psa.customer_writes(ticket, order));
        }
        desk.run(60).await;
    }
    assert!(desk.psa.writes().is_empty(), "{:?}", desk.psa.writes());

    let frames = |name: &str| -> BTreeSet<String> {
        let named = |frame: &String| frame.contains(&format!("\"name\":\"{name}\""));
        llm.requests().iter().map(|call| frame(&call.body)).filter(named).collect()
    };
    assert_eq!(frames("tone").len(), 1, "the same question, whatever the text says");

    // The same judge does act where nothing gives it orders.
    assert!(desk.psa.customer_writes(control, "It is still down and nobody has called me back."));
    desk.run(60).await;
    let written: BTreeSet<TicketId> = desk.psa.writes().into_iter().map(|write| write.ticket).collect();
    assert_eq!(written, BTreeSet::from([control.clone()]));
    handle.stop().await;
}
