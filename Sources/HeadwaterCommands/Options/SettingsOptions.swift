internal import ArgumentParser

/// `--hosts` for commands that query no host: another settings file.
struct SettingsOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Read this file before config.yaml (same format).", valueName: "file"))
  var hosts: String?

  func resolved() throws -> Settings { try Settings(file: hosts) }
}
