// The chat beside the board.
const Panel = ({ onClose }: { takesFocus: boolean; onClose: () => void }) => (
  <>
    <p className="quiet">Nobody answers here yet.</p>
    <button type="button" onClick={onClose}>
      Close
    </button>
  </>
);
export default Panel;
