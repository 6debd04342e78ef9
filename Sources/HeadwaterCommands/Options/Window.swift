internal import ArgumentParser

/// A length of time in seconds: `2`, `0.5`, `10s`.
struct Window: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    let text = argument.hasSuffix("s") ? String(argument.dropLast()) : argument
    guard let seconds = Double(text), seconds.isFinite, seconds > 0, seconds <= 86400 else { return nil }
    self.seconds = seconds
  }

  init(_ seconds: Double) { self.seconds = seconds }

  var defaultValueDescription: String { "\(Int(seconds))" }
}
