"use strict";

const byId = (id) => document.getElementById(id);
const announce = (text) => { byId("status").textContent = text; };

// Makes the children of an element equal to new ones. An element that stays the same element
// keeps its focus, its scroll position and a click that has begun.
function update(parent, next) {
  let place = parent.firstChild;
  for (const node of [...next.childNodes]) {
    const same = node.id
      ? [...parent.children].find((child) => child.id === node.id)
      : place && !place.id && place.nodeName === node.nodeName ? place : null;
    if (!same || same.nodeName !== node.nodeName) {
      parent.insertBefore(node, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else parent.insertBefore(same, place);
    updateNode(same, node);
  }
  while (place) {
    const after = place.nextSibling;
    place.remove();
    place = after;
  }
}

function updateNode(node, next) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== next.data) node.data = next.data;
    return;
  }
  for (const { name } of [...node.attributes]) {
    if (!next.hasAttribute(name)) node.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  update(node, next);
}

function show(id, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  update(byId(id), template.content);
  drawHistory();
}

// One sample of each meter a second, for two minutes.
const SAMPLES = 120;
const samples = new Map();

function sample() {
  for (const meter of document.querySelectorAll("meter")) {
    const values = samples.get(meter.id) ?? [];
    values.push(meter.value / meter.max);
    samples.set(meter.id, values.slice(-SAMPLES));
  }
  drawHistory();
}

function drawHistory() {
  for (const meter of document.querySelectorAll("meter")) {
    const values = samples.get(meter.id) ?? [];
    const first = SAMPLES - values.length;
    const points = values.map((value, index) => `${first + index},${29 - 28 * value}`);
    const line = meter.parentElement.querySelector("polyline");
    line.setAttribute("points", points.join(" "));
  }
}

async function send(method, path, body, done) {
  try {
    const response = await fetch(path, { method, body });
    const failure = response.ok ? null : await response.json();
    announce(failure ? failure.message : done);
  } catch {
    announce("The sandbox does not respond.");
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
  } catch {
    announce("The browser does not allow copying.");
  }
}

async function openRequest(number) {
  try {
    const response = await fetch(`/sandbox/page/requests/${number}`);
    byId("details-content").innerHTML = await response.text();
    byId("details").showModal();
  } catch {
    announce("The sandbox does not respond.");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { method, path, body, done, copy: text, request } = button.dataset;
  if (method) send(method, path, body, done);
  if (text !== undefined) copy(text);
  if (request) openRequest(request);
});

byId("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = (id) => Number(byId(id).value);
  const fault = JSON.parse(event.submitter.value);
  const delay = number("fault-delay");
  if (fault.status === 429) fault.headers = { "Retry-After": String(number("fault-retry")) };
  if (delay > 0) fault.delay_ms = delay;
  // A fault without any effect is latency, which needs a delay.
  if (Object.keys(fault).length === 0) fault.delay_ms = 1000;
  const body = { endpoint: byId("fault-endpoint").value, after: number("fault-after"), fault };
  const label = event.submitter.textContent.trim();
  send("POST", "/sandbox/v1/faults", JSON.stringify(body), `Queued: ${label}.`);
});

const events = new EventSource("/sandbox/page/events");
for (const id of ["requests", "budgets", "clock", "faults", "sign-ins", "tokens"]) {
  events.addEventListener(id, (event) => show(id, JSON.parse(event.data)));
}
events.addEventListener("open", () => announce("Live"));
events.addEventListener("error", () => announce("The sandbox does not respond."));
sample();
setInterval(sample, 1000);
