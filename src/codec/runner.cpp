#include "codec/runner.h"

#include "base/threads.h"
#include "codec/runner_core.h"

namespace qala::codec {

namespace {

namespace asio = boost::asio;

class ChildRunner : public Runner {
 public:
  explicit ChildRunner(std::shared_ptr<RunnerCore> core) : core_(std::move(core)) {}
  ~ChildRunner() override { core_->close(); }

  Result<std::uint32_t> add(std::string script) override { return core_->add(std::move(script)); }
  void forget(std::uint32_t codec) override { core_->forget(codec); }
  void run(Run run, Done done) override { core_->run(std::move(run), std::move(done)); }

  asio::awaitable<Answer> run(Run run) override {
    return answer_of<Answer>(
        [core = core_, run = std::move(run)](Done done) mutable { core->run(std::move(run), std::move(done)); });
  }

  std::size_t waiting() const override { return core_->waiting(); }
  Standing standing(std::uint32_t codec) const override { return core_->standing(codec); }
  void set_standing(std::uint32_t codec, Standing standing) override {
    core_->set_standing(codec, std::move(standing));
  }
  WorkerHealth health() const override { return core_->health(); }

 private:
  std::shared_ptr<RunnerCore> core_;
};

}  // namespace

std::unique_ptr<Runner> Runner::make(asio::io_context& network, const Clock& clock, Options options,
                                     Listener* listener) {
  return std::make_unique<ChildRunner>(std::make_shared<RunnerCore>(network, clock, std::move(options), listener));
}

}  // namespace qala::codec
