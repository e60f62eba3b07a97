/** A question that is asked again and again: an answer, or a failure, that the answer to a later one has overtaken is not shown. */
export class Newest {
  private asked = 0;
  private taken = 0;
  private open = 0;

  /** Is an answer awaited? */
  get waiting(): boolean {
    return this.open > 0;
  }
  /** `take` gets the answer. Fails as the question fails. */
  async ask<T>(question: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const turn = ++this.asked;
    this.open += 1;
    try {
      const answer = await question();
      if (turn < this.taken) return;
      this.taken = turn;
      take(answer);
    } catch (error) {
      if (turn >= this.taken) throw error;
    } finally {
      this.open -= 1;
    }
  }
}
