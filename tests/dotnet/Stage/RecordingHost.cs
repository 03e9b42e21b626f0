using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace NavServerSession.Tests.Stage;

/// <summary>A host with somebody at the keyboard: it records what it shows and answers prompts in turn.</summary>
internal sealed class RecordingHost(IEnumerable<string> answers, bool canAsk) : PSHost
{
    private readonly RecordingInterface ui = new(answers, canAsk);

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => nameof(RecordingHost);

    public override PSHostUserInterface UI => ui;

    public override Version Version { get; } = new(1, 0);

    /// <summary>What was asked.</summary>
    internal List<string> Questions => ui.Questions;

    /// <summary>What was shown, a line each.</summary>
    internal List<string> Lines => ui.Lines;

    /// <summary>The warnings that were shown.</summary>
    internal List<string> Warnings => ui.Warnings;

    /// <summary>What was shown of progress.</summary>
    internal List<ProgressRecord> Progress => ui.Progress;

    /// <summary>What happens while somebody thinks about a question.</summary>
    internal Action WhileAsked { set => ui.WhileAsked = value; }

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }

    private sealed class RecordingInterface(IEnumerable<string> answers, bool canAsk) : PSHostUserInterface
    {
        private readonly Queue<string> answers = new(answers);

        public override PSHostRawUserInterface RawUI { get; } = new Screen();

        internal List<string> Questions { get; } = [];

        internal List<string> Lines { get; } = [];

        internal List<string> Warnings { get; } = [];

        internal List<ProgressRecord> Progress { get; } = [];

        internal Action WhileAsked { get; set; } = () => { };

        public override int PromptForChoice(
            string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            if (!canAsk)
            {
                throw new HostException("A command that prompts the user failed because the host does not support user interaction.");
            }

            Questions.Add(message);
            WhileAsked();
            var answer = answers.TryDequeue(out var given)
                ? given
                : throw new InvalidOperationException($"Nobody answers '{message}'.");
            var choice = choices.Select(choice => choice.Label.Replace("&", string.Empty)).ToList().IndexOf(answer);
            return choice >= 0 ? choice : throw new InvalidOperationException($"'{answer}' is no answer to '{message}'.");
        }

        public override Dictionary<string, PSObject> Prompt(
            string caption, string message, Collection<FieldDescription> descriptions) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption,
            string message,
            string userName,
            string targetName,
            PSCredentialTypes allowedCredentialTypes,
            PSCredentialUIOptions options) => throw new NotSupportedException();

        public override string ReadLine() => throw new NotSupportedException();

        public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

        public override void Write(string value) => Lines.Add(value);

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Lines.Add(value);

        public override void WriteLine(string value) => Lines.Add(value);

        public override void WriteErrorLine(string value) => Lines.Add(value);

        public override void WriteDebugLine(string message)
        {
        }

        public override void WriteProgress(long sourceId, ProgressRecord record) => Progress.Add(record);

        public override void WriteVerboseLine(string message)
        {
        }

        public override void WriteWarningLine(string message) => Warnings.Add(message);
    }

    /// <summary>100 columns, and no keyboard but for prompts.</summary>
    private sealed class Screen : PSHostRawUserInterface
    {
        public override ConsoleColor BackgroundColor { get; set; }

        public override Size BufferSize { get; set; } = new(100, 1000);

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override bool KeyAvailable => false;

        public override Size MaxPhysicalWindowSize => BufferSize;

        public override Size MaxWindowSize => BufferSize;

        public override Coordinates WindowPosition { get; set; }

        public override Size WindowSize { get; set; } = new(100, 50);

        public override string WindowTitle { get; set; } = string.Empty;

        public override void FlushInputBuffer()
        {
        }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(
            Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
    }
}
