import { fetchTicket, type Agent } from './api.ts';
import { Call, type CallExtras, type CallState } from './call.ts';
import { CallView } from './call-view.ts';
import { Captions } from './captions.ts';
import { CaptionsView } from './captions-view.ts';
import { ChoiceView } from './choice-view.ts';
import { find } from './dom.ts';
import { openRoom, openMicrophone } from './room.ts';

const TICK_MS = 80;

const choosing = find('choosing', HTMLElement);
const calling = find('calling', HTMLElement);
let agent: Agent | undefined;

const captionsView = new CaptionsView();
let captions = new Captions((caption) => captionsView.show(caption));
const choiceView = new ChoiceView((chosen) => begin(chosen));
const callView = new CallView({
  mute: () => void call.toggleMute(),
  hangUp: () => call.hangUp(),
  again: () => {
    if (agent) begin(agent);
  },
  choose: () => {
    call.reset();
    void choiceView.load();
    choiceView.focus();
  },
  reload: () => location.reload(),
  startSound: () => void call.startSound(),
});
const call = new Call({
  openMicrophone,
  fetchTicket,
  openRoom,
  openCaption: (segmentId, who) => captions.open(segmentId, who),
  onChange: show,
});

function begin(chosen: Agent): void {
  if (call.busy) return;
  agent = chosen;
  // Words of the call before that are still on their way must not appear in this one.
  const mine: Captions = new Captions((caption) => {
    if (captions === mine) captionsView.show(caption);
  });
  captions = mine;
  captionsView.clear(chosen.title || chosen.name);
  void call.start(chosen.name);
}

function show(state: CallState, extras: CallExtras): void {
  const idle = state.phase === 'idle';
  choosing.hidden = !idle;
  calling.hidden = idle;
  document.body.dataset['phase'] = idle ? 'choosing' : state.phase;
  document.body.dataset['muted'] = String(extras.muted);
  document.title = call.busy && agent ? `${agent.title || agent.name} – Patchbay` : 'Patchbay';
  callView.show(agent?.title || agent?.name || 'Agent', state, extras);
  captionsView.showLatency(extras.lastTurn);
  if (state.phase === 'ended' || state.phase === 'failed') captionsView.settle();
}

document.addEventListener('keydown', (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || !call.busy) return;
  if (event.key === 'Escape') call.hangUp();
  else if (event.key.toLowerCase() === 'm') void call.toggleMute();
});
setInterval(() => {
  if (call.busy) callView.tick(call.state, call.levels(), Date.now());
}, TICK_MS);
void choiceView.load();
