'use strict';
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.getElementById('filter');
  const choice = form.elements;
  const sections = ['results', 'vectors'].map((id) => document.getElementById(id));

  // The text of an entry is read at the first search.
  const textOf = (element) => all('summary, dd, pre, td', element).map((part) => part.textContent).join(' ') || element.textContent;
  const lazily = (make) => {
    let text;
    return () => (text ??= make().toLowerCase());
  };
  const implementations = choice.i.options.length - 1;
  const vectors = new Map();
  for (const group of all('.group', sections[1])) {
    for (const element of all('.entry', group)) {
      const { r = 'p'.repeat(implementations), o = '' } = element.dataset;
      const results = [...r].map((harm, i) => ({ i, harm, family: o[i] }));
      vectors.set(element.id.slice(1), { element, group, results, text: lazily(() => textOf(element)) });
    }
  }
  const findings = all('.entry', sections[0]).map((element) => {
    const { v, r, o } = element.dataset;
    const vector = vectors.get(v);
    const group = element.parentElement;
    const results = [{ i: Number(group.dataset.i), harm: r, family: o }];
    return { element, group, topics: vector.group, results, text: lazily(() => textOf(element) + ' ' + vector.text()) };
  });
  const entries = [findings, [...vectors.values()]];

  const isKnown = (harm) => harm !== harm.toLowerCase();
  const kind = (harm) => ('pus-'.includes(harm.toLowerCase()) ? harm.toLowerCase() : 'f');
  const tests = {
    i: (result, value) => result.i === Number(value),
    h: (result, value) => result.harm.toLowerCase() === value,
    o: (result, value) => (value[0] === '-' ? result.family === value[1] : kind(result.harm) === value),
    k: (result, value) => 'fs'.includes(kind(result.harm)) && isKnown(result.harm) === (value === 'k'),
  };
  const isOfTopic = (group, value) => !value || (value[0] === 'l' ? group.dataset.l === value.slice(1) : group.dataset.t === value);
  // A rule matches as a whole word: R3 does not match R31.
  const word = (text) => (/^r\d+$/.test(text) ? new RegExp('\\b' + text + '\\b') : { test: (other) => other.includes(text) });

  const MOST_OPENED = 200;
  function apply() {
    const words = choice.q.value.toLowerCase().split(/\s+/).filter(Boolean).map(word);
    const wanted = Object.keys(tests).filter((name) => choice[name].value);
    const isActive = words.length > 0 || wanted.length > 0 || choice.t.value !== '';
    const shows = (entry) =>
      isOfTopic(entry.topics ?? entry.group, choice.t.value) &&
      (!wanted.length || entry.results.some((result) => wanted.every((name) => tests[name](result, choice[name].value)))) &&
      words.every((one) => one.test(entry.text()));
    const numbers = entries.map((some, index) => {
      const counts = new Map(all('.group', sections[index]).map((group) => [group, 0]));
      for (const entry of some) {
        const isShown = shows(entry);
        entry.element.hidden = !isShown;
        if (isShown) counts.set(entry.group, counts.get(entry.group) + 1);
      }
      let shown = 0;
      for (const [group, count] of counts) {
        group.hidden = isActive && count === 0;
        group.open = isActive ? count > 0 && shown < MOST_OPENED : group.dataset.open === '';
        group.querySelector('summary output').value = isActive && count ? `${count} shown` : '';
        shown += count;
      }
      sections[index].querySelector('.nothing').hidden = !isActive || shown > 0;
      return [shown, some.length];
    });
    const [[found, findingsInAll], [vectorsShown, vectorsInAll]] = numbers;
    choice.shown.value = `Shown: ${found} of ${findingsInAll} failures and skips, ${vectorsShown} of ${vectorsInAll} vectors.`;
  }

  const choose = (values) => {
    for (const name of ['q', 't', ...Object.keys(tests)]) choice[name].value = values[name] ?? '';
    apply();
  };
  for (const group of all('.group')) if (group.open) group.dataset.open = '';
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.querySelector('button').addEventListener('click', () => choose({}));

  // A click on a number shows the entries that it counts.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-set]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(Object.fromEntries(link.dataset.set.split(' ').map((one) => [one[0], one.slice(1)])));
    form.scrollIntoView();
    sections[0].querySelector('h2').focus({ preventScroll: true });
  });
  // A link to a vector shows it; it clears the filter if that hides the vector.
  const showTarget = () => {
    const vector = vectors.get(location.hash.slice(2));
    if (!location.hash.startsWith('#v') || !vector) return;
    if (vector.element.hidden) choose({});
    vector.group.open = vector.element.open = true;
    vector.element.scrollIntoView();
  };
  addEventListener('hashchange', showTarget);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select')) return;
    event.preventDefault();
    choice.q.focus();
  });

  form.hidden = false;
  apply();
  showTarget();
})();
