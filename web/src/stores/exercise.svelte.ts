/** The exercise that runs, if one does, and whether the whole town is a training copy. */
import { api } from '../api/api';
import type { Exercise, ExerciseAnswer } from '../api/types';

class ExerciseStore {
  running: Exercise | null = $state.raw(null);
  town = $state(false);

  take(answer: ExerciseAnswer): void {
    this.running = answer.exercise;
    this.town = answer.town;
  }
  async load(): Promise<void> {
    this.take(await api.exercise());
  }
  async begin(wanted: { reason: string; minutes: number; zones: number[]; things: number[] }): Promise<void> {
    this.take(await api.beginExercise(wanted));
  }
  async end(): Promise<void> {
    await api.endExercise();
    await this.load();
  }
}
export const exercise = new ExerciseStore();
