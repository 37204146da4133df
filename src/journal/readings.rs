//! The readings: what the judges said, as numbers, one file a month.
//!
//! They cost money and cannot always be made again, so they outlive the store; trends and what-if
//! are computed from them. No text, no reasons, no quotes: lines can be taken out without breaking
//! anything.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::line::{is_intact, seal};
use super::reading_line::ReadingLine;
use super::{JournalError, VERSION, failed};
use crate::private;

const FOLDER: &str = "readings";
const SUFFIX: &str = ".jsonl";

#[derive(Serialize)]
struct Versioned<'a> {
    v: u32,
    #[serde(flatten)]
    line: &'a ReadingLine,
}

/// The monthly files, open for writing.
#[derive(Debug)]
pub struct Readings {
    folder: PathBuf,
    /// The length of each file, by its name.
    lengths: BTreeMap<String, u64>,
}

/// How a replay went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Lines given.
    pub read: u64,
    /// Lines that are damaged, or of a newer version: skipped.
    pub skipped: u64,
}

impl Readings {
    /// Opens the readings in `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made or listed.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let folder = dir.join(FOLDER);
        private::folder(&folder).map_err(failed("make the folder", &folder))?;
        let lengths = lengths(&folder).map_err(failed("list", &folder))?;
        Ok(Self { folder, lengths })
    }

    /// Writes `lines`; they are on the disk when this returns.
    ///
    /// # Errors
    /// When some may not be on the disk. It may be tried again; lines that were written are then
    /// there twice, which a replay by message bears.
    pub fn append(&mut self, lines: &[ReadingLine]) -> Result<(), JournalError> {
        let mut months: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for line in lines {
            let month = line.about.judged_at.strftime("%Y-%m");
            let block = months.entry(format!("{month}{SUFFIX}")).or_default();
            block.extend(seal(&Versioned { v: VERSION, line }).map_err(JournalError::Json)?);
            block.push(b'\n');
        }
        for (name, block) in months {
            let path = self.folder.join(&name);
            let length = append_block(&path, &block).map_err(failed("write", &path))?;
            self.lengths.insert(name, length);
        }
        Ok(())
    }

    /// Gives every line to `each`, oldest file first, in the order they were written.
    ///
    /// # Errors
    /// When a file cannot be read. Damaged lines are no error: they are skipped and counted.
    pub fn replay(&self, mut each: impl FnMut(ReadingLine)) -> Result<Replayed, JournalError> {
        let mut replayed = Replayed::default();
        for name in self.lengths.keys() {
            let path = self.folder.join(name);
            let file = File::open(&path).map_err(failed("read", &path))?;
            for line in BufReader::new(file).split(b'\n') {
                match parse(&line.map_err(failed("read", &path))?) {
                    Some(line) => {
                        replayed.read += 1;
                        each(line);
                    }
                    None => replayed.skipped += 1,
                }
            }
        }
        Ok(replayed)
    }

    /// The newest file and its length in bytes; an empty name while there is none.
    pub fn position(&self) -> (String, u64) {
        self.lengths.last_key_value().map(|(name, length)| (name.clone(), *length)).unwrap_or_default()
    }
}

fn parse(line: &[u8]) -> Option<ReadingLine> {
    if is_intact(line) { serde_json::from_slice(line).ok() } else { None }
}

/// Appends whole lines and says how long the file is now. A torn line that a crash left at its end
/// gets its newline first, so that it spoils nothing but itself.
fn append_block(path: &Path, block: &[u8]) -> io::Result<u64> {
    let mut file = private::appendable(path)?;
    let length = file.metadata()?.len();
    let torn = length > 0 && {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        last != *b"\n"
    };
    if torn {
        file.write_all(b"\n")?;
    }
    file.write_all(block)?;
    file.sync_data()?;
    Ok(length + u64::from(torn) + block.len() as u64)
}

fn lengths(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut lengths = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_month(&name)
        {
            lengths.insert(name, entry.metadata()?.len());
        }
    }
    Ok(lengths)
}

/// `2026-11.jsonl`; whatever else lies in the folder is not ours.
fn is_month(name: &str) -> bool {
    name.strip_suffix(SUFFIX).is_some_and(|month| {
        month.len() == 7
            && month.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() })
    })
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        Abstention, Confidence, FieldValue, Flag, Judged, Judgement, Level, MessageId, Origin, Pending, Plain, Quote,
        Reading, Score, TicketId, Tone, Triage,
    };
    use crate::journal::About;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn about(native: u32, judged_at: Timestamp) -> About {
        let message = MessageId::note(TicketId::new("7"), native);
        About { message, at: time("2026-01-01T00:00:00Z"), judged_at, client: Some(Plain::new("12")) }
    }

    fn abstained(native: u32, judged_at: &str) -> ReadingLine {
        let judgement = Judgement::Abstained(Abstention::TooShort);
        ReadingLine::tone(about(native, time(judged_at)), &judgement).expect("final")
    }

    fn all(readings: &Readings) -> (Vec<ReadingLine>, Replayed) {
        let mut lines = Vec::new();
        let replayed = readings.replay(|line| lines.push(line)).expect("read");
        (lines, replayed)
    }

    fn read<T>(value: T, cost_micros: Option<u64>) -> Judgement<T> {
        Judgement::Read(Reading {
            value,
            confidence: Confidence::Low,
            origin: Origin {
                embedded: false,
                model: Plain::new("model-1"),
                prompt: Plain::new("0123456789ab"),
                tokens_in: 700,
                tokens_out: 60,
                cost_micros,
                cached: true,
                at: time("2026-02-03T04:05:06Z"),
            },
        })
    }

    fn tone(score: f64, words: &str) -> Tone {
        Tone {
            score: Score::new(score).expect("in range"),
            reason: Plain::new(words),
            quotes: Quote::verified(words, words).into_iter().collect(),
            flags: [Flag::Cancel, Flag::HiddenText].into(),
        }
    }

    #[test]
    fn lines_are_filed_by_the_month_they_were_judged_in() {
        let temp = tempfile::tempdir().expect("a folder");
        let mut readings = Readings::open(temp.path()).expect("opened");
        assert_eq!(readings.position(), (String::new(), 0));
        let (november, december) = ("2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z");
        let batch = [abstained(1, december), abstained(2, november), abstained(3, december)];
        readings.append(&batch).expect("written");
        readings.append(&[abstained(4, november)]).expect("a clock may be set back");
        let order =
            |lines: &[ReadingLine]| lines.iter().map(|l| l.about.message.native.to_string()).collect::<String>();
        assert_eq!(order(&all(&readings).0), "2413");
        let length = |name: &str| fs::metadata(temp.path().join("readings").join(name)).expect("there").len();
        assert_eq!(readings.position(), ("2026-12.jsonl".into(), length("2026-12.jsonl")));

        fs::write(temp.path().join("readings/notes.jsonl"), "not ours").expect("written");
        let again = Readings::open(temp.path()).expect("opened");
        assert_eq!((all(&again), again.position()), (all(&readings), readings.position()));
    }

    #[test]
    fn damaged_lines_are_skipped_and_counted() {
        let temp = tempfile::tempdir().expect("a folder");
        let mut readings = Readings::open(temp.path()).expect("opened");
        let batch: Vec<ReadingLine> = (0..5).map(|n| abstained(n, "2026-11-30T00:00:00Z")).collect();
        readings.append(&batch).expect("written");
        let path = temp.path().join("readings/2026-11.jsonl");
        let bytes = fs::read(&path).expect("read");
        let line = bytes.len() / 5;
        for index in (line..2 * line - 1).step_by(7) {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1;
            fs::write(&path, &flipped).expect("written");
            let (lines, replayed) = all(&readings);
            assert_eq!(replayed, Replayed { read: 4, skipped: 1 }, "byte {index}");
            assert_eq!(lines, [&batch[..1], &batch[2..]].concat());
        }
    }

    #[test]
    fn a_torn_line_spoils_nothing_but_itself() {
        let temp = tempfile::tempdir().expect("a folder");
        let mut readings = Readings::open(temp.path()).expect("opened");
        let batch = [abstained(1, "2026-11-30T00:00:00Z"), abstained(2, "2026-11-30T00:00:00Z")];
        readings.append(&batch).expect("written");
        let path = temp.path().join("readings/2026-11.jsonl");
        let length = fs::metadata(&path).expect("there").len();
        OpenOptions::new().write(true).open(&path).expect("there").set_len(length - 9).expect("cut");
        let mut readings = Readings::open(temp.path()).expect("opened");
        readings.append(&batch).expect("written");
        let (lines, replayed) = all(&readings);
        assert_eq!(lines, [&batch[..1], &batch[..]].concat());
        assert_eq!(replayed.skipped, 1);
        assert_eq!(readings.position().1, fs::metadata(&path).expect("there").len());
    }

    #[test]
    fn a_pending_judgement_is_not_kept() {
        assert_eq!(ReadingLine::tone(about(1, Timestamp::UNIX_EPOCH), &Judgement::Pending(Pending::Outage)), None);
        assert_eq!(ReadingLine::triage(about(1, Timestamp::UNIX_EPOCH), &Judgement::Pending(Pending::Outage)), None);
    }

    #[test]
    fn no_word_of_the_customer_or_about_them_is_kept() {
        let line = ReadingLine::tone(about(1, Timestamp::UNIX_EPOCH), &read(tone(-0.5, "very private"), Some(1)));
        let text = serde_json::to_string(&line).expect("json");
        assert!(!text.contains("private") && text.contains("\"kind\":\"tone\"") && text.contains("\"score\":-0.5"));
        let judged =
            |value| Judged { value, reason: "very private".into(), quote: Quote::verified("private", "private") };
        let triage = Triage { urgency: judged(Level::MAX), impact: judged(Level::MIN), category: None };
        let line = ReadingLine::triage(about(1, Timestamp::UNIX_EPOCH), &read(triage, Some(1)));
        let text = serde_json::to_string(&line).expect("json");
        assert!(!text.contains("private") && text.contains("\"urgency\":5"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn numbers_come_back_as_they_were(thousandths in -1000i32..=1000, urgency in 1u8..=5, cost in any::<Option<u64>>(), label in any::<Option<String>>()) {
            let tone_judgement = read(tone(f64::from(thousandths) / 1000.0, ""), cost);
            let bare = |level| Judged { value: level, reason: Plain::default(), quote: None };
            let category = label.map(|label| Judged { value: FieldValue::new(&label, 4), reason: Plain::default(), quote: None });
            let triage = read(Triage { urgency: bare(Level::clamped(urgency)), impact: bare(Level::MIN), category }, cost);
            let abstained = Judgement::<Tone>::Abstained(Abstention::InvalidAnswer);

            let about = about(1, time("2026-02-03T04:05:06Z"));
            let back = |line: Option<ReadingLine>| {
                let mut sealed = seal(&Versioned { v: VERSION, line: &line.expect("final") }).expect("sealed");
                sealed.retain(|byte| *byte != b'\n');
                parse(&sealed).expect("whole")
            };
            let line = back(ReadingLine::tone(about.clone(), &tone_judgement));
            prop_assert_eq!(&line.about, &about);
            prop_assert_eq!((line.as_tone(), line.as_triage()), (Some(tone_judgement), None));
            let line = back(ReadingLine::triage(about.clone(), &triage));
            prop_assert_eq!((line.as_tone(), line.as_triage()), (None, Some(triage)));
            prop_assert_eq!(back(ReadingLine::tone(about, &abstained)).as_tone(), Some(abstained));
        }
    }
}
