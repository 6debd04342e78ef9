internal import Fleet
internal import LinuxSystem
internal import Meter
internal import Tracing
internal import Vantage

/// A command that could not answer: what was attempted, why it failed, what to try.
struct CommandFailure: Error {
  let status: Int32
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status.rawValue
    self.message = message
  }

  /// Nil for errors of the command line, which have texts of their own.
  init?(translating error: any Error) {
    switch error {
    case let error as TargetError:
      self.init(error.code == .malformed ? .usage : .noAnswer, "\(error)")
    case let error as SettingsError:
      self.init([.denied, .untrusted].contains(error.code) ? .denied : .usage, "\(error)")
    case let error as SSHArgumentError: self.init(.usage, "\(error)")
    case let error as HostError: self.init(.unreachable, "\(error)")
    case let error as MeterError:
      switch error.code {
      case .denied:
        self.init(.denied, "\(error); run it as root, or see headwater doctor for the capabilities that it needs")
      case .unsupported: self.init(.noAnswer, "\(error); see headwater doctor for what this kernel can do")
      case .failed: self.init(.noAnswer, "\(error)")
      }
    case let error as SystemError:
      self.init(error.errno.isDenial ? .denied : .noAnswer, "\(error)")
    case let error as BundleError:
      self.init(error.code == .denied ? .denied : error.code == .absent ? .usage : .noAnswer, "\(error)")
    default: return nil
    }
  }
}
