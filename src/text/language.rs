//! Which language a text is in: a vote of the commonest words, enough to tell whether a judge is
//! trusted with it. Where the vote is not clear, nobody abstains.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::vocabulary::words;
use crate::domain::Language;

/// Points a language needs: two words of its own.
const POINTS: u32 = 6;

/// Points of a word of one language alone, of two, and of more.
const WORTH: [u32; 3] = [4, 2, 1];

/// Points of a word that is spelt with a letter of the language; one of them counts for each word.
const LETTER: u32 = 2;

/// Percent of the letters that must be of another script.
const OTHER_SCRIPT: usize = 60;

/// Words from which a text in none of the known languages can be told.
const MANY_WORDS: usize = 8;

/// Letters that English does not have, in so many words of such a text.
const FOREIGN_WORDS: usize = 3;

use Language::{Da, De, En, Es, Fr, It, Nl, Pl, Pt, Sv};

/// The commonest words of each, and letters that are at home there.
const COMMON: [(Language, &str, &str); 10] = [
    (
        En,
        "the and is are was have has had not it this that you we they for with on of to from but be been can can't cannot will when what my our your again still there at by an please i'm it's don't doesn't isn't won't didn't i've he she who how why which would could should just now hi hello thanks since after before all any some no yes if up down out get got need working work help",
        "",
    ),
    (
        De,
        "der die das und ist sind war haben hat hatte nicht es ich wir sie für mit auf von zu aber auch wenn noch immer kann wird was ein eine einen einer seit bei uns bitte mehr wie im dem den des am um als nach über sich mein meine unser unsere mir mich dass schon nur vor wieder heute gestern morgen guten hallo danke können geht kein keine keinen ihr ihre zum zur oder weil habe bin funktioniert ihre ihrer ihrem wurde wurden werden nachricht dieser diese dieses keiner man sein seine durch bis oder doch mal damit ohne weiter trotzdem warum dann wo hier sollte muss müssen",
        "ßäöü",
    ),
    (
        Fr,
        "le la les et est sont ne pas il je nous vous pour avec sur de du des mais encore toujours peut que qui un une depuis chez plus ce cette au dans ça être très mon ma mes notre votre vos c'est j'ai n'est bonjour merci sans tout aussi avons avez fait suis aux elle ils on si dès hier matin tous toute pourquoi comment fonctionne marche",
        "çœêèàùîôûëéïâ",
    ),
    (
        Es,
        "el la los las y es son no lo yo nosotros para con en de del pero todavía siempre puede que un una desde más este esta al por está muy se hay ya me mi su nos sin hola gracias buenos días pueden tengo hace cuando porque sigue están estoy también ayer hoy usted ustedes favor puedo como ha he",
        "ñáíóúéü",
    ),
    (
        It,
        "il la lo gli le e è sono non io noi per con su di del della ma ancora sempre può che un una da più questo questa al nel molto si abbiamo ho mi ci buongiorno grazie ciao anche dalla dei delle alla quando perché oggi ieri siamo adesso ora potete posso senza stato nella sul cosa salve",
        "èàòùìé",
    ),
    (
        Nl,
        "de het een en is zijn was hebben heeft niet ik wij we voor met op van te maar ook nog steeds kan wordt wat sinds bij ons meer als dat er deze naar al mijn onze jullie je u geen hallo graag bedankt kunnen kunt goedemorgen door om dit hoe wanneer nu weer werkt moet hij zij gisteren vandaag heb ben",
        "",
    ),
    (
        Pt,
        "o a os as e é são não eu nós para com em de do da mas ainda sempre pode que um uma desde mais este esta ao no na muito está já nos meu minha por favor bom dia obrigado obrigada olá podem temos tenho também isso ontem hoje quando porque sem seu sua foi estou continua nem",
        "ãõçâêáéíóúàô",
    ),
    (
        Pl,
        "i w na z nie się jest są do to że jak ale jeszcze od po nam mnie dla już tak co przez ten ta czy mamy proszę może bardzo nadal dzień dobry mam mi nasz moje moja dziękuję o za wczoraj dziś dzisiaj kiedy przed ani tylko był była być działa który która u",
        "łąęśźżńćó",
    ),
    (
        Sv,
        "och är det att en ett inte vi jag för med på av till men också fortfarande kan som har den de vad sedan hos oss mer från när mycket mig min mitt vår hej tack ni du så nu om igår idag i ingen någon måste kommer jobba fortfarande fungerar hit dag säger samma ska finns blir behöver varför eller kunde hjälp",
        "åäöé",
    ),
    (
        Da,
        "og er det at en et ikke vi jeg for med på af til men også stadig kan som har den de hvad siden hos os mere fra når meget mig min mit vores hej tak i du så nu om går dag ingen nogen skal kommer venligst virker hvorfor eller kunne bliver siger samme igen hjælp dag hej",
        "åæøé",
    ),
];

/// Whose words they are.
static SPOKEN: LazyLock<HashMap<&str, Vec<Language>>> = LazyLock::new(|| {
    let mut spoken: HashMap<&str, Vec<Language>> = HashMap::new();
    for (language, common, _) in COMMON {
        common.split(' ').for_each(|word| spoken.entry(word).or_default().push(language));
    }
    spoken
});

/// What the vote came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Vote {
    For(Language),
    /// None of them.
    Other,
    Unclear,
}

impl Vote {
    /// The word for a trace.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Other => "another language",
            Self::Unclear => "unclear",
            Self::For(language) => language.code(),
        }
    }

    /// The language, if it is one of them.
    pub(super) fn known(self) -> Option<Language> {
        if let Self::For(language) = self { Some(language) } else { None }
    }

    /// Whether it is clearly not English.
    pub(super) fn is_foreign(self) -> bool {
        !matches!(self, Self::Unclear | Self::For(En))
    }
}

/// The language of `text`, if enough of its common words say so and no other comes near.
pub(super) fn vote(text: &str) -> Vote {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let other = text.chars().filter(|c| c.is_alphabetic() && !is_latin(*c)).count();
    if letters > 0 && other * 100 >= letters * OTHER_SCRIPT {
        return Vote::Other;
    }
    let mut points: BTreeMap<Language, Points> = BTreeMap::new();
    let (mut spoken, mut foreign) = (0, 0);
    let prose = text.split_whitespace().filter(|word| !word.contains(is_technical));
    for word in prose.flat_map(words) {
        let word = word.to_lowercase().replace('’', "'");
        spoken += 1;
        foreign += usize::from(!word.is_ascii());
        let of = SPOKEN.get(word.as_str()).map_or(&[][..], Vec::as_slice);
        let worth = WORTH[of.len().saturating_sub(1).min(WORTH.len() - 1)];
        for (language, _, letters) in COMMON {
            let points = points.entry(language).or_default();
            if of.contains(&language) {
                points.known += worth;
            } else if !word.is_ascii() {
                match word.chars().filter(|c| !c.is_ascii()).all(|c| letters.contains(c)) {
                    true => points.spelt += LETTER,
                    false => points.alien += LETTER,
                }
            }
        }
    }
    let mut ranked: Vec<(u32, Language)> =
        points.into_iter().map(|(language, points)| (points.total(), language)).collect();
    let english = ranked.iter().find(|(_, language)| *language == En).map_or(0, |(points, _)| *points);
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    match ranked[..] {
        [(most, language), (second, _), ..] if most >= POINTS && most * 2 >= second * 3 => Vote::For(language),
        _ if spoken >= MANY_WORDS && foreign >= FOREIGN_WORDS && english < POINTS => Vote::Other,
        _ => Vote::Unclear,
    }
}

/// What speaks for a language.
#[derive(Clone, Copy, Default)]
struct Points {
    /// Its common words.
    known: u32,
    /// Words in its own letters.
    spelt: u32,
    /// Words in letters that it does not have.
    alien: u32,
}

impl Points {
    /// Letters alone make no language: its neighbours have them too.
    fn total(self) -> u32 {
        if self.known >= WORTH[0] { (self.known + self.spelt).saturating_sub(self.alien) } else { self.known }
    }
}

/// What no word of a language holds: names of machines, keys and addresses have no language.
fn is_technical(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '_' | '/' | '\\' | '@' | '=' | '<' | '>')
}

fn is_latin(c: char) -> bool {
    matches!(c, 'A'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_languages_are_told_apart() {
        for (language, text) in [
            (En, "The printer on the second floor is still not working and we need it today."),
            (De, "Der Drucker im zweiten Stock ist immer noch kaputt und wir brauchen ihn heute."),
            (Fr, "L'imprimante du deuxième étage ne marche toujours pas et nous sommes très déçus."),
            (Es, "La impresora del segundo piso todavía no funciona y es muy urgente para nosotros."),
            (It, "La stampante del secondo piano non funziona ancora e noi non possiamo più lavorare."),
            (Nl, "De printer op de tweede verdieping werkt nog steeds niet en wij hebben het nodig."),
            (Pt, "A impressora do segundo andar ainda não funciona e não podemos trabalhar, é muito urgente."),
            (Pl, "Drukarka na drugim piętrze nadal nie działa i nie możemy pracować, to jest już trzeci raz."),
            (Sv, "Skrivaren på andra våningen fungerar fortfarande inte och vi kan inte jobba, det är bråttom."),
            (Da, "Printeren på anden sal virker stadig ikke, og vi kan ikke arbejde, det er ikke i orden."),
        ] {
            assert_eq!(vote(text), Vote::For(language), "{text}");
        }
    }

    #[test]
    fn a_short_or_mixed_text_is_unclear() {
        assert_eq!(vote("VPN kaputt!!!"), Vote::Unclear);
        assert_eq!(vote("Outlook 0x80040115"), Vote::Unclear);
        assert_eq!(vote("Bonjour, le mot de passe ne marche pas."), Vote::For(Fr));
        assert_eq!(vote(""), Vote::Unclear);
    }

    #[test]
    fn other_scripts_are_told() {
        assert_eq!(vote("なぜまだ直らないのですか"), Vote::Other);
        assert_eq!(vote("Принтер всё ещё не работает"), Vote::Other);
        assert_eq!(vote("Tiskárna ve druhém patře pořád nefunguje a nemůžeme pracovat už třetí den."), Vote::Other);
    }
}
