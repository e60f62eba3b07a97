/** A question that is asked again and again: an answer that is overtaken by the answer to a later one is not shown. */
export class Newest {
  private asked = 0;
  private taken = 0;
  private open = 0;

  /** Is an answer awaited? */
  get waiting(): boolean {
    return this.open > 0;
  }
  /** `take` gets the answer, unless one to a later question was taken. Fails as the question fails. */
  async ask<T>(question: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const turn = ++this.asked;
    this.open += 1;
    try {
      const answer = await question();
      if (turn < this.taken) return;
      this.taken = turn;
      take(answer);
    } finally {
      this.open -= 1;
    }
  }
}
