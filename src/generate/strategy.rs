//! The generated cases as proptest strategies, which shrink by [`Shrink`], and as a sequence that
//! depends only on a seed.

use arbitrary::Unstructured;
use proptest::prelude::Rng;
use proptest::strategy::{BoxedStrategy, NewTree, Strategy, Union, ValueTree};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::case::{Case, Rendered};
use super::mix::mix;
use super::near::NEAR;
use super::parts::{PARTS, Part};
use super::shrink::Shrink;

/// How many bytes a case draws from; nearly all need fewer.
const BYTES: usize = 512;

/// Any response: [`mix`].
///
/// ```
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
/// use relogin_conformance::generate::strategy::case;
/// let tree = case().new_tree(&mut TestRunner::deterministic()).unwrap();
/// assert!((100..=999).contains(&tree.current().status));
/// ```
pub fn case() -> BoxedStrategy<Case> {
    Drawn(mix).boxed()
}

/// Any response as input for a parser: [`case`], rendered.
///
/// ```
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
/// use relogin_conformance::generate::strategy::response;
/// let tree = response().new_tree(&mut TestRunner::deterministic()).unwrap();
/// assert!((100..=999).contains(&tree.current().status));
/// ```
pub fn response() -> BoxedStrategy<Rendered> {
    Responses.boxed()
}

/// One response, for shrinking.
///
/// ```
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
/// use relogin_conformance::generate::{Rendered, strategy::shrinkable};
/// let tree = shrinkable(Rendered::default()).new_tree(&mut TestRunner::deterministic()).unwrap();
/// assert_eq!(tree.current(), Rendered::default());
/// ```
pub fn shrinkable(response: Rendered) -> impl Strategy<Value = Rendered> {
    Given(response)
}

/// The cases of one [`Part`].
///
/// ```
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
/// use relogin_conformance::generate::{parts::PARTS, strategy::part};
/// let tree = part(&PARTS[2]).new_tree(&mut TestRunner::deterministic()).unwrap();
/// assert_eq!(tree.current().kind, "garbage");
/// ```
pub fn part(part: &'static Part) -> BoxedStrategy<Case> {
    Drawn(move |source: &mut Unstructured<'_>| part.case(source)).boxed()
}

/// The near misses of a rule, by its number; `None` when no near miss is about it.
///
/// ```
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
/// use relogin_conformance::generate::strategy::near;
/// let tree = near(14).unwrap().new_tree(&mut TestRunner::deterministic()).unwrap();
/// assert_eq!(tree.current().kind, "depth");
/// assert!(near(39).is_none());
/// ```
#[must_use]
pub fn near(rule: u8) -> Option<BoxedStrategy<Case>> {
    let parts: Vec<_> = NEAR.iter().filter(|near| near.rules.contains(&rule)).map(part).collect();
    (!parts.is_empty()).then(|| Union::new(parts).boxed())
}

/// The cases of a seed. Each depends only on the seed and its position, so several jobs can draw a
/// share each.
///
/// ```
/// use relogin_conformance::generate::strategy::{draw, draws};
/// assert_eq!(draws(7).nth(3), Some(draw(7, 3)));
/// ```
pub fn draws(seed: u64) -> impl Iterator<Item = Case> {
    (0..).map(move |position| draw(seed, position))
}

/// The case of a seed at a position.
///
/// ```
/// use relogin_conformance::generate::strategy::draw;
/// assert_eq!(draw(1, 2), draw(1, 2));
/// ```
#[must_use]
pub fn draw(seed: u64, position: u64) -> Case {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&position.to_le_bytes());
    drawn(mix, &mut TestRng::from_seed(RngAlgorithm::ChaCha, &key))
}

fn drawn(from: impl Fn(&mut Unstructured<'_>) -> Case, rng: &mut TestRng) -> Case {
    let mut bytes = [0; BYTES];
    rng.fill_bytes(&mut bytes);
    from(&mut Unstructured::new(&bytes))
}

macro_rules! parts {
    ($($number:literal $name:ident: $what:literal;)*) => {$(
        #[doc = $what]
        ///
        /// ```
        /// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
        #[doc = concat!("use relogin_conformance::generate::strategy::", stringify!($name), ";")]
        #[doc = concat!("let tree = ", stringify!($name), "().new_tree(&mut TestRunner::deterministic()).unwrap();")]
        #[doc = concat!("assert_eq!(tree.current().kind, \"", stringify!($name), "\");")]
        /// ```
        pub fn $name() -> BoxedStrategy<Case> {
            part(&PARTS[$number])
        }
    )*};
}

parts! {
    0 nested: "Codes and texts in an object in `error`.";
    1 flat: "Codes in `error` and texts in `error_description`.";
    2 garbage: "Unparsed bodies.";
    3 dialects: "Codes and texts in any of the places of the tables, in any of the objects.";
    4 form: "Bodies of forms.";
    5 success: "Successes, some with a member that does not matter.";
    6 tree: "JSON of any shape with keys of the tables.";
    7 vector: "Vectors of the corpus with changes.";
    8 raw: "Any bytes.";
    9 neighbour: "Vectors of the corpus with one thing changed to its neighbour.";
}

#[derive(Clone, Copy)]
struct Drawn<F>(F);

impl<F> std::fmt::Debug for Drawn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawn")
    }
}

impl<F: Fn(&mut Unstructured<'_>) -> Case> Strategy for Drawn<F> {
    type Tree = CaseTree;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let first = drawn(&self.0, runner.rng());
        Ok(CaseTree { shrink: Shrink::new(first.response()), first })
    }
}

/// The case that was drawn, and after it the cases made from shrunk responses.
#[derive(Clone, Debug)]
struct CaseTree {
    first: Case,
    shrink: Shrink,
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        let current = self.shrink.current();
        if current == self.first.response() { self.first.clone() } else { current.into() }
    }

    fn simplify(&mut self) -> bool {
        self.shrink.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.shrink.complicate()
    }
}

#[derive(Clone, Copy, Debug)]
struct Responses;

impl Strategy for Responses {
    type Tree = Shrink;
    type Value = Rendered;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Shrink::new(drawn(mix, runner.rng()).response()))
    }
}

#[derive(Clone, Debug)]
struct Given(Rendered);

impl Strategy for Given {
    type Tree = Shrink;
    type Value = Rendered;

    fn new_tree(&self, _runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Shrink::new(self.0.clone()))
    }
}
